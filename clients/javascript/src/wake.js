/**
 * Call back when the network returns or the page is looked at again, where the runtime tells such things.
 * @param {() => void} wake
 * @returns {() => void} stop listening
 */
export const onWake = (wake) => {
  const { document } = globalThis;
  const onVisible = () => {
    if (document.visibilityState === "visible") wake();
  };
  globalThis.addEventListener?.("online", wake);
  document?.addEventListener("visibilitychange", onVisible);
  return () => {
    globalThis.removeEventListener?.("online", wake);
    document?.removeEventListener("visibilitychange", onVisible);
  };
};
