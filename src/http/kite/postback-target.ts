/** Where a key's postbacks go. */
export type PostbackTarget = { readonly keyId: string; readonly url: string };

/** A target, or why the text names none. */
type ReadTarget =
  | { readonly ok: true; readonly target: PostbackTarget }
  | { readonly ok: false; readonly why: string };

/**
 * Reads `<key id>=<url>`. Only this machine may be the host, unless another is allowed by name: a
 * gateway that posts wherever it is told to would be a hole in the network around it.
 */
export function readPostbackTarget(text: string, allowedHosts: readonly string[]): ReadTarget {
  const [, keyId = "", urlText = ""] = /^([A-Za-z0-9-]{1,64})=(.+)$/.exec(text) ?? [];
  if (keyId === "" || !URL.canParse(urlText))
    return wrong(`${text}: write <key id>=<url>, such as HDFC=http://127.0.0.1:5000/postback`);
  const url = new URL(urlText);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return wrong(`${urlText}: postbacks go to http or https`);
  if (url.username !== "" || url.password !== "")
    return wrong(`${url.host}: no user and password in the address: the checksum is the proof`);
  if (!isThisMachine(url.hostname) && !allowedHosts.includes(url.hostname))
    return wrong(
      `${url.hostname}: not this machine; allow it with --postback-host ${url.hostname}`,
    );
  return { ok: true, target: { keyId, url: url.href } };
}

/** `URL` has written every form of an IPv4 address as four numbers by now. */
function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function wrong(why: string): ReadTarget {
  return { ok: false, why };
}
