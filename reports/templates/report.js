"use strict";
// Filters, copy buttons, colour scheme. The page is whole without it.
(() => {
  const root = document.documentElement;
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  root.classList.add("js");

  // Every result stands once as a row of its case; findings and causes refer to it by number.
  const results = [];
  for (const row of all("li[data-o]")) {
    results[Number(row.dataset.i)] = { row, shown: true, places: [], text: "" };
  }
  for (const place of all("[data-i]")) results[Number(place.dataset.i)].places.push(place);
  const boxes = all("[data-box]").map((box) => ({
    box,
    members: [...new Set(all("[data-i]", box).map((place) => Number(place.dataset.i)))],
  }));

  const textOf = (result) => {
    if (!result.text) {
      const { row, places } = result;
      const parts = [row.dataset.op, row.dataset.caseName, row.textContent];
      for (const place of places) {
        for (const part of all(".msg, .sides pre, .at", place)) parts.push(part.textContent);
      }
      result.text = parts.join(" ").toLowerCase();
    }
    return result.text;
  };

  // A set for each kind of button, a text for each field; a page of one run has no target to choose.
  const kinds = ["outcome", "level", "spread"];
  const field = {};
  for (const name of ["target", "op", "topic", "q"]) {
    const element = find(`#f-${name}`);
    if (element) field[name] = element;
  }
  const texts = Object.keys(field);
  const state = Object.fromEntries([...kinds.map((kind) => [kind, new Set()]), ...texts.map((name) => [name, ""])]);
  const chips = all(".chip");
  const kindOf = (chip) => kinds.find((kind) => kind in chip.dataset);

  const active = () => kinds.some((kind) => state[kind].size) || texts.some((name) => state[name]);

  // Of many targets a row has the outcomes of all, and a digit for each in the order of the fields' names.
  const names = (find("#results").dataset.outcomes ?? "").split(" ");
  const outcomesOf = ({ o, os }) => {
    if (!state.target) return o.split(" ");
    return [names[os[field.target.selectedIndex - 1]]].filter(Boolean);
  };

  const matches = (result, words) => {
    const { l, op, t, spread } = result.row.dataset;
    const outcomes = outcomesOf(result.row.dataset);
    if (state.outcome.size ? !outcomes.some((one) => state.outcome.has(one)) : !outcomes.length) return false;
    if (state.level.size && !state.level.has(l)) return false;
    if (state.spread.size && !state.spread.has(spread)) return false;
    if ((state.op && state.op !== op) || (state.topic && state.topic !== t)) return false;
    return words.every((word) => textOf(result).includes(word));
  };

  const apply = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const result of results) {
      const shown = matches(result, words);
      count += shown ? 1 : 0;
      if (shown === result.shown) continue;
      result.shown = shown;
      for (const place of result.places) place.hidden = !shown;
    }
    for (const { box, members } of boxes) box.hidden = !members.some((index) => results[index].shown);
    unfold();
    find("#empty").hidden = count > 0;
    find("#f-count").textContent = active()
      ? `${count.toLocaleString("en")} of ${results.length.toLocaleString("en")}`
      : `${results.length.toLocaleString("en")} results`;
    find("#f-clear").disabled = !active();
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(state[kindOf(chip)].has(chip.dataset[kindOf(chip)])));
    }
  };

  // A filter that leaves few cases shows their checks; cleared, they fold again.
  const unfold = () => {
    const left = active() ? all("[data-case]:not([hidden])") : [];
    for (const one of all("[data-case][data-unfolded]")) {
      one.open = false;
      delete one.dataset.unfolded;
    }
    if (left.length > 6) return;
    for (const one of left.filter((each) => !each.open)) {
      one.open = true;
      one.dataset.unfolded = "";
    }
  };

  const write = () => {
    const said = new URLSearchParams();
    for (const kind of kinds) if (state[kind].size) said.set(kind, [...state[kind]].join(","));
    for (const name of texts) if (state[name]) said.set(name, state[name]);
    history.replaceState(null, "", `#${said}`);
  };

  const isState = (hash) => /^#(outcome|level|spread|target|op|topic|q)=/.test(hash) || hash.length < 2;

  const read = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    for (const kind of kinds) state[kind] = new Set((said.get(kind) ?? "").split(",").filter(Boolean));
    for (const name of texts) {
      field[name].value = said.get(name) ?? "";
      state[name] = field[name].value.trim(); // a target that is not here is none
      if (field[name].selectedIndex < 0) field[name].value = "";
    }
  };

  const reveal = () => {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return; // a fragment that is no text names nothing
    }
    if (!target) return;
    if (target.closest("[hidden]") ?? find("[hidden]", target)) clear();
    for (let at = target; at; at = at.parentElement?.closest("details")) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView({ block: "start" });
    (find("summary", target) ?? target).focus({ preventScroll: true });
  };

  const clear = () => {
    for (const kind of kinds) state[kind].clear();
    for (const name of texts) field[name].value = state[name] = "";
    apply();
  };

  const follow = (moved) => {
    if (!isState(location.hash)) {
      reveal();
      return;
    }
    read();
    apply();
    if (moved && active()) find("#filter").scrollIntoView({ block: "start" });
  };

  const changed = () => {
    apply();
    write();
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const values = state[kindOf(chip)];
      const value = chip.dataset[kindOf(chip)];
      if (!values.delete(value)) values.add(value);
      changed();
    });
  }
  for (const [name, element] of Object.entries(field)) {
    element.addEventListener("input", () => {
      state[name] = element.value.trim();
      changed();
    });
  }
  find("#f-clear").addEventListener("click", () => {
    clear();
    write();
    field.q.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    field.q.focus();
  });
  addEventListener("hashchange", () => follow(true));

  // A raw exchange is kept once, at its case; a finding borrows it when unfolded.
  document.addEventListener(
    "toggle",
    (event) => {
      const { from } = event.target.dataset ?? {};
      if (!from || !event.target.open || find(".exchange", event.target)) return;
      const kept = find(`.own .exchange[data-wire="${CSS.escape(from)}"]`);
      if (kept) find("p", event.target).replaceWith(kept.cloneNode(true));
    },
    true,
  );

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

  addEventListener("beforeprint", () => {
    for (const one of all(".finding:not([hidden])")) one.open = true;
  });

  follow(false);
  apply();
})();
