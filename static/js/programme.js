// What overlaps with a ticked workshop can't be ticked as well; the server says so too, only later.

const boxes = [...document.querySelectorAll("input[data-times]")];
const times = (box) => box.dataset.times.split(" ").map((time) => time.split("-").map(Number));
const overlap = (one, other) =>
  times(one).some(([from, until]) => times(other).some(([start, end]) => from < end && start < until));

const update = () => {
  const ticked = boxes.filter((box) => box.checked);
  for (const box of boxes) {
    const clashes = !box.checked && ticked.some((other) => overlap(box, other));
    box.disabled = clashes;
    document.getElementById(`clash-${box.value}`).hidden = !clashes;
  }
};

for (const box of boxes) box.addEventListener("change", update);
update();
