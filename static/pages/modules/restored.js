/**
 * A page that the browser keeps in its memory for Back stays covered until the server has said that the person is still
 * signed in: else it would show what is theirs to whoever comes next.
 * @param {string} owner whose page it is
 */
export function coverWhileAway(owner) {
  const cover = (/** @type {boolean} */ on) => document.documentElement.toggleAttribute("data-covered", on);
  addEventListener("pagehide", ({ persisted }) => persisted && cover(true));
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    if (await isSignedIn(owner)) cover(false);
    else location.reload();
  });
}

/** @param {string} owner @returns {Promise<boolean>} false also where nobody can be asked */
async function isSignedIn(owner) {
  try {
    const response = await fetch("/", { cache: "no-store" });
    return (await response.text()).includes(`data-owner="${owner}"`);
  } catch {
    return false;
  }
}
