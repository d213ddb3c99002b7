// Fetches the page anew every minute and puts its content in place of the old, unless
// somebody is at work in it or the window is not seen. Without it a browser goes to the
// address in the head.
"use strict";
(() => {
  const every = 60000;
  async function refresh() {
    const main = document.querySelector("main");
    if (document.hidden || main.matches(":focus-within") || !getSelection().isCollapsed) return;
    try {
      const answer = await fetch(location.pathname, { headers: { "Countersign-Refresh": "1" }, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") { location.reload(); return; }
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (!next) return;
      for (const open of main.querySelectorAll("details[open][id]")) {
        const same = next.querySelector("#" + open.id);
        if (same) same.open = true;
      }
      main.replaceWith(document.importNode(next, true));
    } catch { /* the network is away: the time on the page says how old it is */ }
  }
  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
})();
