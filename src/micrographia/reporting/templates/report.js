"use strict";
// Sort a table by a click on the head of a column; rows without a value stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[at].dataset.key ?? row.cells[at].textContent.trim();
    const compare = (a, b) => {
      const x = key(a), y = key(b);
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = isNaN(x) || isNaN(y)
        ? x.localeCompare(y, undefined, { numeric: true }) : Number(x) - Number(y);
      return up ? order : -order;
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }));
}
// Show a picture at its full size; it closes by a click or by Escape.
const viewer = document.getElementById("viewer");
for (const button of document.querySelectorAll("button.enlarge")) {
  button.addEventListener("click", () => {
    const shown = viewer.querySelector("img"), small = button.querySelector("img");
    shown.src = small.src;
    shown.alt = small.alt;
    viewer.showModal();
  });
}
viewer.addEventListener("click", () => viewer.close());
