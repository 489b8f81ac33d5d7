const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A line for a shell that asks this route. `$TOKEN` and `$ID` are the asker's. */
export function curlOf(server, path, method, operation) {
  const filled = operation.parameters
    .filter((one) => one.in === 'path')
    .reduce((url, { name, example }) => url.replace(`{${name}}`, example ?? `$${name.toUpperCase()}`), path);
  const asked = operation.parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name }) => `${name}=$${name.toUpperCase()}`);
  const parts = [`curl -i "${server}${filled}${asked.length > 0 ? `?${asked.join('&')}` : ''}"`];
  if (method !== 'get') parts.push(`-X ${method.toUpperCase()}`);
  // One of nothing is for those who have no token.
  const { security } = operation;
  if (security.length > 0 && security.every((one) => Object.keys(one).length > 0)) parts.push('-H "Authorization: Bearer $TOKEN"');
  const [[type, body] = []] = Object.entries(operation.requestBody?.content ?? {});
  if (type === 'multipart/form-data') parts.push('-F file=@photo.jpg');
  else if (type) {
    const example = typeof body.example === 'string' ? body.example : JSON.stringify(body.example ?? {});
    parts.push(`-H ${quoted(`Content-Type: ${type}`)}`, `--data-binary ${quoted(example)}`);
  }
  return parts.join(' \\\n  ');
}
