/** A server in this process that holds state: who is connected, to which channels, and what each client said. */
export class FakeServer {
  /** @type {FakeSocket[]} every connection ever tried, in order */
  tried = [];
  heartbeatSeconds = 30;
  lifetimeMs = 2 * 60 * 60 * 1000;
  /** @type {number | null} how long a token lasts */
  tokenMs = null;
  refusing = false;
  welcoming = true;
  answering = true;
  /** Whether it remembers what it publishes, as streams do. */
  keeping = false;
  epoch = "k3f9";
  /** @type {Record<string, any[]>} what was published, by stream */
  logs = {};
  pageSize = 300;
  /** @type {string | null} why a position before the log cannot be recovered */
  lostFor = null;
  /** @type {{ last: number, unseen: number } | null} */
  inbox = null;

  constructor() {
    const server = this;
    this.WebSocket = /** @type {any} */ (
      class extends FakeSocket {
        /** @param {string} url @param {string[]} [protocols] */
        constructor(url, protocols) {
          super(server, new URL(url), protocols ?? []);
        }
      }
    );
  }

  get live() {
    return this.tried.filter((socket) => socket.readyState === 1);
  }

  get last() {
    return /** @type {FakeSocket} */ (this.tried.at(-1));
  }

  /** @param {{ channel?: string, stream?: string, [field: string]: any }} event @param {{ lost?: boolean }} [how] */
  publish(event, { lost = false } = {}) {
    const sent = this.keep({ type: "job.created", channel: "jobs", data: {}, timestamp: time(), ...event });
    if (!lost) this.send(sent);
    return sent;
  }

  /** @param {any} event */
  send(event) {
    for (const socket of this.live) if (socket.channels.has(event.channel)) socket.deliver(event);
  }

  /** @param {any} event */
  keep(event) {
    if (!this.keeping) return event;
    const log = (this.logs[event.stream ?? event.channel] ??= []);
    const before = event.stream === "@me" ? log.findLast(({ channel }) => channel === event.channel)?.offset : log.length;
    const kept = { id: `${event.stream ?? event.channel}/${log.length + 1}`, stream: event.channel, ...event, offset: log.length + 1, previous: before ?? 0 };
    log.push(kept);
    return kept;
  }

  /** @param {string[]} channels @param {boolean} user whether the connection has one */
  streams(channels, user) {
    const me = this.logs["@me"] ?? [];
    const last = Object.fromEntries(channels.map((channel) => [channel, me.findLast((event) => event.channel === channel)?.offset ?? 0]));
    const heads = channels.map((channel) => [channel, { epoch: this.epoch, offset: this.logs[channel]?.length ?? 0 }]);
    return { ...Object.fromEntries(heads), ...(user && { "@me": { epoch: this.epoch, offset: me.length, channels: last } }) };
  }

  /** @param {{ stream: string, epoch: string, after: number }} question @param {Set<string>} channels */
  history({ stream, epoch, after }, channels) {
    const log = this.logs[stream] ?? [];
    const head = log.length;
    const reason = epoch !== this.epoch ? "epoch" : after > head ? "ahead" : this.lostFor;
    if (reason) return { stream, epoch: this.epoch, events: [], through: head, head, more: false, recovered: false, reason };
    const through = Math.min(head, after + this.pageSize);
    const events = log.slice(after, through).filter(({ channel }) => channels.has(channel));
    return { stream, epoch, events, through, head, more: through < head, recovered: true };
  }
}

const time = () => new Date().toISOString();

export class FakeSocket {
  readyState = 0;
  /** @type {any[]} */
  heard = [];
  closedWith = 0;
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((event: { data: string }) => void) | null} */ onmessage = null;
  /** @type {((event: { code: number, reason: string }) => void) | null} */ onclose = null;

  /** @param {FakeServer} server @param {URL} url @param {string[]} protocols */
  constructor(server, url, protocols) {
    this.server = server;
    this.query = url.searchParams;
    this.protocols = protocols;
    this.channels = new Set((this.query.get("channels") ?? "").split(",").filter(Boolean));
    this.id = `c${server.tried.push(this)}`;
    queueMicrotask(() => {
      if (this.readyState === 3) return;
      if (server.refusing) this.drop(1006);
      else {
        this.readyState = 1;
        this.onopen?.();
        if (server.welcoming) this.welcome();
      }
    });
  }

  welcome() {
    const { heartbeatSeconds, lifetimeMs, tokenMs } = this.server;
    this.deliver({
      type: "system.connected",
      data: {
        connection_id: this.id,
        user_id: this.query.get("user_id"),
        channels: [...this.channels],
        message: "Connected to WebSocket server",
        timestamp: time(),
        heartbeat_seconds: heartbeatSeconds,
        expires_at: new Date(Date.now() + lifetimeMs).toISOString(),
        token_expires_at: tokenMs === null ? null : new Date(Date.now() + tokenMs).toISOString(),
        ...(this.server.keeping && { streams: this.server.streams([...this.channels], this.query.has("user_id")) }),
        ...(this.server.inbox && { inbox: this.server.inbox }),
      },
      timestamp: time(),
    });
  }

  ping(timestamp = time()) {
    const { keeping, logs } = this.server;
    const heads = Object.fromEntries(Object.entries(logs).map(([stream, { length }]) => [stream, length]));
    this.deliver({ type: "system.ping", data: { timestamp, ...(keeping && { heads }) }, timestamp });
  }

  /** @param {object | string} message */
  deliver(message) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** @param {number} code */
  drop(code, reason = "") {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** @param {number} code */
  close(code) {
    this.closedWith = code;
    this.drop(code);
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    this.heard.push(message);
    if (!this.server.answering) return;
    const { action, channel, request_id } = message;
    /** @param {string} name @param {object} data */
    const reply = (name, data) => this.deliver({ type: `system.${name}`, data: { ...data, request_id }, timestamp: time() });
    if (action === "ping") reply("pong", {});
    if (action === "list_channels") reply("channels", { channels: [...this.channels] });
    if (action === "subscribe" && channel === "nonsense") reply("error", { code: "unknown_channel", message: "No such channel" });
    else if (action === "subscribe") {
      this.channels.add(channel);
      reply("subscribed", { channel, subscriber_count: 1, ...(this.server.keeping && { streams: this.server.streams([channel], this.query.has("user_id")) }) });
    }
    if (action === "history") reply("history", this.server.history(message, this.channels));
    if (action === "inbox") {
      const items = (this.server.logs["@me"] ?? []).filter(({ inbox = Infinity }) => inbox < (message.before ?? Infinity)).reverse();
      const { limit = 20 } = message;
      const more = items.length > limit;
      reply("inbox", { items: items.slice(0, limit), ...this.server.inbox, more, ...(more && { through: items[limit - 1].inbox }) });
    }
    if (action === "seen" && this.server.inbox) {
      this.server.inbox = { ...this.server.inbox, unseen: Math.max(0, this.server.inbox.last - message.inbox) };
      reply("seen", { inbox: message.inbox, ...this.server.inbox });
    }
    if (action === "unsubscribe") {
      this.channels.delete(channel);
      reply("unsubscribed", { channel });
    }
  }
}
