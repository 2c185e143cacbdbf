import type * as producer from "./producer.js" with { "resolution-mode": "import" };

export type * from "./producer.js" with { "resolution-mode": "import" };
export declare const Producer: typeof producer.Producer;
export type Producer = producer.Producer;
