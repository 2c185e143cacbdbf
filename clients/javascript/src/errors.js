/** What went wrong, with a `code` to decide by: the server's own codes, or one of the client's. */
export class TidingsError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = "TidingsError";
    this.code = code;
  }
}

/** Codes of a refusal that is the same however often the client asks. */
export const NEVER_AGAIN = ["unknown_channel", "forbidden_channel", "too_many_channels"];
