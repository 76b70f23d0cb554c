// What both pages need of their document.

export const byId = (id) => document.getElementById(id);

export function notice(error) {
  byId("notice").hidden = !error;
  byId("notice").textContent = error?.message ?? "";
}

export function showAgainEverySecond(show) {
  setInterval(() => document.visibilityState === "visible" && show(), 1000);
}
