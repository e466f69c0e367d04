// A file that is dropped on, or chosen in, a field: one that is too large is told before it is sent in vain.
export default function drop(zone) {
  const input = zone.querySelector("input");
  const tooLarge = zone.querySelector("[data-too-large]");
  const over = (isOver) => zone.classList.toggle("is-over", isOver);

  const check = () => {
    const isTooLarge = (input.files[0]?.size ?? 0) > Number(zone.dataset.limit);
    tooLarge.hidden = !isTooLarge;
    input.setCustomValidity(isTooLarge ? tooLarge.textContent : "");
  };

  input.addEventListener("change", check);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    input.files = event.dataTransfer.files;
    check();
  });
}
