/**
 * Whether it is one address and nothing besides: no name, no list, no quotes, no comment, no line break. Judged at the door too; here
 * because an SMTP command is written with it. At most 254 characters (RFC 5321, 4.5.3.1.3).
 */
export const isPlainAddress = (text: string): boolean => text.length <= 254 && plain.test(text);

const plain =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
