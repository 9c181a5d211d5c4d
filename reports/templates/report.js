// Filters, and links to what they hide. The page is whole without it.
(() => {
  document.documentElement.classList.add("js");

  // Every result stands once as a row of a group, of which all end alike; rows are numbered as they stand.
  const checks = new Map();
  const titles = new Map(all("#told dt").map((one) => [one.textContent.trim(), one.nextElementSibling]));
  const topicOf = (id) => {
    const parts = id.split(".");
    return parts.length > 2 && parts[1] === "stream" ? parts.slice(0, 2).join(".") : parts[0];
  };
  const checkOf = (id) => {
    if (!checks.has(id)) {
      const title = titles.get(id);
      checks.set(id, { title, topic: topicOf(id), text: `${id} ${title?.textContent ?? ""}`.toLowerCase() });
    }
    return checks.get(id);
  };
  const results = [];
  const groups = all(".group").map((box) => {
    const group = { box, words: [], ...box.dataset };
    group.op = box.closest("[data-op]").dataset.op;
    group.text = `${group.op} ${box.closest("[data-c]").dataset.c} ${find(".what", box).textContent}`.toLowerCase();
    group.first = results.length;
    for (const row of find(".checks", box).children) {
      const check = checkOf(row.firstChild.data.trim());
      const own = row.children.length ? row.textContent.toLowerCase() : "";
      results.push({ row, group, check, own, shown: true, says: [] });
    }
    group.end = results.length;
    return group;
  });

  // What stands elsewhere names the numbers of its results: one, or from and to.
  const rangeOf = (place) => {
    const [first, last = first] = place.dataset.i.split("-").map(Number);
    return [first, last + 1];
  };
  const ranges = new Map(groups.map(({ box, first, end }) => [box, [[first, end]]]));
  for (const place of all("[data-i]")) ranges.set(place, [rangeOf(place)]);
  const findings = all(".finding").map((box) => {
    const finding = { box, text: "", places: all("[data-i]", box) };
    for (const place of finding.places) results[rangeOf(place)[0]].says.push(finding);
    return finding;
  });
  const joined = (found) => {
    const made = [];
    for (const [first, end] of found) {
      if (made.at(-1)?.[1] === first) made.at(-1)[1] = end;
      else made.push([first, end]);
    }
    return made;
  };
  for (const box of all("[data-box]")) {
    ranges.set(box, joined(all("[data-i], .group", box).flatMap((part) => ranges.get(part))));
  }
  for (const { places } of findings) for (const place of places) ranges.delete(place); // hidden by their words too
  const rests = all(".card .rest");
  const hidden = new Set();
  const hide = (element, is) => {
    if (hidden.has(element) === is) return;
    element.hidden = is;
    if (is) hidden.add(element);
    else hidden.delete(element);
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

  const suits = (group) => {
    const outcomes = outcomesOf(group);
    if (state.outcome.size ? !outcomes.some((one) => state.outcome.has(one)) : !outcomes.length) return false;
    if (state.level.size && !state.level.has(group.l)) return false;
    if (state.spread.size && !state.spread.has(group.spread)) return false;
    return !state.op || state.op === group.op;
  };
  const saysOf = (finding) => {
    finding.text ||= all(".msg, .sides pre, .at", finding.box).map((part) => part.textContent).join(" ").toLowerCase();
    return finding.text;
  };
  // Of some words those that only a finding can hold; all of them have to stand in one.
  const unsaid = ({ check, own }, words) => words.filter((word) => !check.text.includes(word) && !own.includes(word));
  const holds = (finding, words) => words.every((word) => saysOf(finding).includes(word));
  const has = (result, words) => {
    const left = unsaid(result, words);
    return !left.length || result.says.some((finding) => holds(finding, left));
  };

  const apply = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const before = new Int32Array(results.length + 1); // of the results shown, those before each number
    for (const group of groups) {
      const open = suits(group);
      group.words = words.filter((word) => !group.text.includes(word));
      for (let at = group.first; at < group.end; at += 1) {
        const result = results[at];
        const topical = !state.topic || state.topic === result.check.topic;
        result.shown = open && topical && has(result, group.words);
        before[at + 1] = before[at] + (result.shown ? 1 : 0);
      }
      if (before[group.end] === before[group.first]) continue; // hidden as a whole
      for (let at = group.first; at < group.end; at += 1) hide(results[at].row, !results[at].shown);
    }
    for (const [box, found] of ranges) hide(box, !found.some(([first, end]) => before[end] > before[first]));
    for (const finding of findings) {
      for (const place of finding.places) {
        const result = results[Number(place.dataset.i)];
        hide(place, !result.shown || !holds(finding, unsaid(result, result.group.words)));
      }
      hide(finding.box, finding.places.every((place) => hidden.has(place)));
    }
    for (const label of all("[data-left]")) {
      const found = ranges.get(label.closest("[data-box]"));
      label.textContent = found.reduce((sum, [first, end]) => sum + before[end] - before[first], 0).toLocaleString("en");
    }
    for (const rest of rests) {
      const left = all(".finding", rest).filter((box) => !hidden.has(box)).length;
      hide(rest, !left);
      find("summary", rest).textContent = `${left} more deviation${left === 1 ? "" : "s"}`;
    }
    unfold();
    for (const finding of findings) recount(finding);
    const count = before.at(-1);
    find("#empty").hidden = count > 0;
    find("#f-count").textContent = active()
      ? `${count.toLocaleString("en")} of ${results.length.toLocaleString("en")}`
      : `${results.length.toLocaleString("en")} results`;
    find("#f-clear").disabled = !active();
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(state[kindOf(chip)].has(chip.dataset[kindOf(chip)])));
    }
  };

  // A filter that leaves little shows it; cleared, it folds again.
  const unfold = () => {
    for (const one of all("[data-unfolded]")) {
      one.open = false;
      delete one.dataset.unfolded;
    }
    if (!active()) return;
    const cases = all("details.case:not([hidden])");
    const few = rests.filter((one) => {
      const left = all(".finding:not([hidden])", one.parentElement);
      return left.length < 9 || left.every((finding) => one.contains(finding));
    });
    for (const one of [...(cases.length > 6 ? [] : cases), ...few].filter((each) => !each.open)) {
      one.open = true;
      one.dataset.unfolded = "";
    }
  };

  // A deviation counts the places that the filter leaves, and shows one of them.
  const recount = (finding) => {
    const { box, places } = finding;
    if (hidden.has(box)) return;
    const label = find(".n", box);
    if (label) {
      const left = places.filter((place) => !hidden.has(place)).length;
      label.dataset.all ??= label.textContent;
      label.textContent = left === places.length ? label.dataset.all : `${left} of ${places.length} places`;
    }
    if (box.open) exemplify(finding);
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
    if (target.closest("[hidden]") ?? (target.id !== "results" && find("[hidden]", target))) clear();
    for (let at = target; at; at = at.parentElement?.closest("details")) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    const finding = target.matches(".places li") ? findings.find(({ box }) => box.contains(target)) : null;
    if (finding) exemplify(finding, target);
    const shown = finding?.box ?? target;
    shown.scrollIntoView({ block: "start" });
    (find("summary", shown) ?? shown).focus({ preventScroll: true });
  };

  const clear = () => {
    for (const kind of kinds) state[kind].clear();
    for (const name of texts) field[name].value = state[name] = "";
    apply();
  };

  const follow = () => {
    if (!isState(location.hash)) {
      reveal();
      return;
    }
    read();
    apply();
    if (active()) find("#filter").scrollIntoView({ block: "start" });
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
  addEventListener("hashchange", () => follow());

  // An open deviation shows one of the places that the filter leaves.
  const exemplify = (finding, chosen) => {
    const { box, places } = finding;
    const kept = finding.place && !hidden.has(finding.place) ? finding.place : null;
    const place = chosen ?? kept ?? places.find((one) => !hidden.has(one));
    if (!place || place === finding.place) return;
    const example = find(".example", box);
    finding.excerpt ??= find(".excerpt", example);
    finding.place?.removeAttribute("aria-current");
    finding.place = place;
    place.setAttribute("aria-current", "true");
    const told = places.length > 1 ? [made("h4", "", `For example ${find("a", place).textContent}`)] : [];
    example.replaceChildren(...told, ...exampleOf(place, place === places[0] ? finding.excerpt : null));
  };
  document.addEventListener("click", (event) => {
    const place = event.target.closest(".places a")?.closest("li");
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", `#${encodeURIComponent(place.id)}`);
    exemplify(findings.find(({ box }) => box.contains(place)), place);
  });

  // A case says what its checks look at once it is unfolded.
  const fill = (box) => {
    if (box.matches(".finding")) exemplify(findings.find((one) => one.box === box));
    if (!box.matches(".case") || "told" in box.dataset) return;
    box.dataset.told = "";
    for (const row of all(".checks > li", box)) {
      const title = titles.get(row.firstChild.data.trim());
      if (title) row.firstChild.after(made("span", "title", ...title.cloneNode(true).childNodes));
    }
  };
  document.addEventListener("toggle", (event) => event.target.open && fill(event.target), true);

  addEventListener("beforeprint", () => {
    for (const one of all(".rest:not([hidden]), .finding:not([hidden])")) one.open = true;
    for (const one of findings) if (!hidden.has(one.box)) exemplify(one);
  });

  if (!isState(location.hash)) apply();
  follow();
  // The browser goes to the fragment's element by itself once all is loaded, not to the deviation that holds it.
  addEventListener("load", () => setTimeout(() => !isState(location.hash) && reveal()));
})();
