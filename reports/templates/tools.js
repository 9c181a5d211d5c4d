// Copy buttons, colour scheme.
(() => {
  const root = document.documentElement;
  const copy = async (text, line) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(line);
      document.execCommand("copy");
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const line = find("code", button.parentElement);
    await copy(line.textContent, line);
    const { ariaLabel } = button;
    button.textContent = button.ariaLabel = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
      button.ariaLabel = ariaLabel;
    }, 1500);
  });

  const theme = find("#theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  label();
})();
