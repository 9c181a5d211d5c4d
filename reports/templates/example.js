"use strict";
// One place of a deviation, shown from what the page holds of its case: frames or body, curl line, exchange.
const find = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const made = (tag, className, ...children) => {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
};

const exampleOf = (() => {
  const BEFORE = 160; // characters of a body in front of the value, and behind it
  const BEHIND = 400;
  const AROUND = 3; // frames on either side

  const link = (href, text) => {
    const element = made("a", "", text);
    element.href = href;
    return element;
  };
  const markedIn = (text, range) => {
    const [from, to] = range.split("-").map(Number);
    return [text.slice(0, from), made("mark", "", text.slice(from, to)), text.slice(to)];
  };
  const numberOf = (row) => (row.className === "gap" ? NaN : Number(find(".n", row).textContent.slice(1)));

  const flag = () => {
    const sign = made("i", "", "✕");
    sign.setAttribute("aria-hidden", "true");
    return made("b", "flag", sign, " offending frame");
  };

  // The frames around one, of those that the case shows; it alone is marked.
  const streamOf = (kept, number, dataOf) => {
    const stream = kept.cloneNode(true);
    const rows = [...find(".frames", stream).children];
    const offending = rows.find((row) => numberOf(row) === number);
    const strip = find("svg", stream);
    const [, tick, bad] = all("path", strip);
    tick.setAttribute("d", `${tick.getAttribute("d")}${bad.getAttribute("d").replaceAll(" 4V36", " 18V32")}`);
    bad.setAttribute("d", offending ? `M${offending.dataset.x} 4V36` : "");
    strip.setAttribute("aria-label", `${strip.getAttribute("aria-label").split(";")[0]}; offending: ${number}`);
    for (const row of rows) {
      if (!(Math.abs(numberOf(row) - number) <= AROUND)) row.remove();
      else row.className = "";
      find(".flag", row)?.remove();
    }
    if (offending) {
      offending.className = "bad";
      find(".d", offending).prepend(flag());
      const code = find("code", offending);
      if (dataOf) code.replaceChildren(...dataOf(code.textContent));
    }
    return stream;
  };

  const bodyOf = (exchange, range) => {
    const [before, value, behind] = markedIn(find(".answer", exchange).textContent, range);
    const from = Math.max(0, before.length - BEFORE);
    const more = behind.length > BEHIND ? " …" : "";
    const text = made("pre", "", `${from ? "… " : ""}${before.slice(from)}`, value, `${behind.slice(0, BEHIND)}${more}`);
    return made("div", "side actual excerpt", made("h4", "", "In the body"), text);
  };

  // Of the first place the page holds the value marked; of another, where in the text of its case it stands.
  const wherein = (place, exchange, excerpt) => {
    const { f, m } = place.dataset;
    if (exchange && f !== undefined && find(".stream", exchange)) {
      const pieces = () => [...find("pre", excerpt).cloneNode(true).childNodes];
      return streamOf(find(".stream", exchange), Number(f), excerpt ? pieces : m && ((text) => markedIn(text, m)));
    }
    return excerpt ?? (m && exchange ? bodyOf(exchange, m) : null);
  };

  const rawOf = (exchange) => {
    const raw = made("details", "raw", made("summary", "", "Raw exchange"));
    raw.addEventListener("toggle", () => raw.children.length < 2 && raw.append(exchange.cloneNode(true)));
    return raw;
  };

  // `excerpt`: what the page was made with, if this is the first place.
  return (place, excerpt) => {
    const { hash } = find("a", place);
    const kept = document.getElementById(decodeURIComponent(hash.slice(1)));
    const exchange = kept && find(".own .exchange", kept);
    const curl = exchange && find(":scope > .curl", exchange);
    const own = link(`#${encodeURIComponent(place.id)}`, "Link to this finding");
    return [
      wherein(place, exchange, excerpt),
      curl?.cloneNode(true),
      exchange && rawOf(exchange),
      made("p", "links", own, link(hash, "All checks of this case")),
    ].filter(Boolean);
  };
})();
