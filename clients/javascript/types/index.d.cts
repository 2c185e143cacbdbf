// For `require`: Node 22.12 and newer, and bundlers, load the same module either way.
import type * as tidings from "./index.js" with { "resolution-mode": "import" };

export type * from "./index.js" with { "resolution-mode": "import" };
export declare const TidingsClient: typeof tidings.TidingsClient;
export type TidingsClient<C extends tidings.AnyCatalog = tidings.AnyCatalog> = tidings.TidingsClient<C>;
export declare const TidingsError: typeof tidings.TidingsError;
export type TidingsError = tidings.TidingsError;
