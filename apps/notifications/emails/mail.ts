/** What is handed to an SMTP server, its `Message-ID` apart. */
export interface Mail {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly Inline[];
}

/** A picture that the HTML shows as `cid:<cid>`. */
export interface Inline {
  readonly cid: string;
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}
