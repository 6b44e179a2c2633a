(() => {
  const WORDS = __WORDS__;
  const chosen = document.cookie.match(/(?:^|; )filmnet_language=(en|zh)/);
  const wanted = chosen ? { en: "en", zh: "zh-CN" }[chosen[1]] : navigator.language;
  if (chosen) {
    Object.defineProperty(navigator, "language", { get: () => wanted });
    Object.defineProperty(navigator, "languages", { get: () => [wanted] });
  }
  const language = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  document.documentElement.lang = wanted;

  // "Thumbnail {} of {}" as an expression, with what stands for its braces in our words.
  const escaped = (text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const rules = WORDS[language].map(([theirs, ours]) => [
    new RegExp(`^\\s*${theirs.split("{}").map(escaped).join("(.+?)")}\\s*$`),
    ours.replace(/{(\d)}/g, (_, number) => `$${Number(number) + 1}`),
  ]);
  const ours = (text) => {
    const rule = rules.find(([pattern]) => pattern.test(text));
    return rule ? text.replace(...rule) : text;
  };

  const ATTRIBUTES = ["aria-label", "title", "alt", "placeholder"];
  const PICTURE_BUTTON = ".image-container > button:not([aria-label])";
  const BUTTON_IN_BUTTON = ".icon-button button"; // the inner one is what does something
  const NOTICE = "[data-testid='toast-body']";

  const reword = (element) => {
    for (const name of ATTRIBUTES) {
      const text = element.getAttribute(name);
      if (text && ours(text) !== text) element.setAttribute(name, ours(text));
    }
    if (element.matches(PICTURE_BUTTON)) element.setAttribute("aria-label", ours("Fullscreen"));
    if (element.matches(BUTTON_IN_BUTTON)) {
      const outer = element.closest(".icon-button");
      outer.setAttribute("role", "group");
      outer.setAttribute("tabindex", "-1");
    }
    if (element.closest(NOTICE)) {
      for (const node of element.childNodes) {
        const text = node.nodeType === Node.TEXT_NODE ? node.data : "";
        const better = ours(text.replace(/^HTTP \d+: /, ""));
        if (better !== text) node.data = better;
      }
    }
  };

  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      if (element) reword(element);
      if (type !== "childList") continue;
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        reword(node);
        node.querySelectorAll("*").forEach(reword);
      }
    }
  };
  new MutationObserver(look).observe(document.documentElement, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
})();
