// A tap that didn't reach the server must not look as if it had.

const fault = document.getElementById("roster-fault");

for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, () => (fault.hidden = false));
}
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (new URL(xhr.responseURL).pathname === new URL(requestConfig.path, location).pathname) {
    fault.hidden = xhr.status < 400;
  } else {
    // Signed out meanwhile: the answer is another page, not a row.
    event.detail.shouldSwap = false;
    location.reload();
  }
});
