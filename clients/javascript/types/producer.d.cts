import type { AnyCatalog } from "./index.js" with { "resolution-mode": "import" };
import type * as producer from "./producer.js" with { "resolution-mode": "import" };

export type * from "./producer.js" with { "resolution-mode": "import" };
export declare const Producer: typeof producer.Producer;
export type Producer<C extends AnyCatalog = AnyCatalog> = producer.Producer<C>;
