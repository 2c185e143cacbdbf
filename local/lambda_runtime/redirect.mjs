// Leads a function's connections to AWS to this machine, whichever client makes them: SDKs, fetch, https.
import net from "node:net";

const HOST =
  /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)$|^169\.254\.(?:169\.254|170\.2)$|^fd00:ec2::254$/;
const told = new Set();

function tell(name, line) {
  if (told.has(name)) return;
  told.add(name);
  process.stdout.write(`[local run] ${line}\n`);
}

/** The options of a connection with the local address in it; null for hosts that are not AWS's. */
function redirected(options, { https, http, real }) {
  const name = String(options?.host ?? "").toLowerCase().replace(/\.$/, "");
  if (!HOST.test(name) || name.split(".").some((label) => real.includes(label))) return null;
  const port = { 443: https, 80: http }[options.port];
  if (port === undefined) {
    tell(name, `${name} is AWS's: the local run does not let port ${options.port} through`);
    return { error: new Error(`${name}:${options.port} is not reached from the local run`) };
  }
  tell(name, `${name} is answered by the local run`);
  return { options: { ...options, host: "127.0.0.1", port, lookup: undefined } };
}

export function install(given) {
  const places = JSON.parse(given);
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    // net.connect has brought the arguments into the form [options, callback] already.
    const normal = Array.isArray(args[0]) ? args[0] : args;
    if (typeof normal[0] !== "object") {
      const [port, host] = args;
      const own = redirected({ port, host: typeof host === "string" ? host : "" }, places);
      if (own === null) return connect.apply(this, args);
      return this.connect({ port, host }, ...args.slice(2));
    }
    const found = redirected(normal[0], places);
    if (found?.error) {
      process.nextTick(() => this.destroy(found.error));
      return this;
    }
    if (found) normal[0] = found.options;
    return connect.apply(this, args);
  };
}
