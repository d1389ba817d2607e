"use strict";
// Copying the methods text, sorting the tables of heads, and nothing else.
(() => {
  const button = document.getElementById("copy");
  const said = document.getElementById("copied");

  function selectAndCopy(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  if (button) button.hidden = false;
  button?.addEventListener("click", async () => {
    const text = [...document.querySelectorAll("#methods-text > *")].map((part) => part.textContent.trim()).join("\n\n") + "\n";
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      done = selectAndCopy(text); // no clipboard for pages opened from a file in some browsers
    }
    said.textContent = done ? "Copied." : "Could not copy; select the text below instead.";
    button.focus();
  });

  function sortBy(table, header, column) {
    const descending = header.getAttribute("aria-sort") !== "descending";
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const key = (row) => {
      const text = row.cells[column].dataset.key ?? "";
      return text === "" ? NaN : Number.isNaN(Number(text)) ? text : Number(text);
    };
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y); // what is missing stays last
      return (x > y ? 1 : x < y ? -1 : 0) * (descending ? -1 : 1);
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const control = document.createElement("button");
      control.type = "button";
      control.textContent = header.textContent;
      control.addEventListener("click", () => sortBy(table, header, column));
      header.replaceChildren(control);
    });
  }

  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
})();
