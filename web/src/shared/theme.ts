// Dark on Live and Review, light elsewhere, unless the person chose otherwise. The choice stays in this browser.

import { useSyncExternalStore } from "react";

export type Theme = "dark" | "light";
export type Choice = Theme | "page";

const key = "candour-theme";
const listeners = new Set<() => void>();

const read = (): Choice => {
  const stored = localStorage.getItem(key);
  return stored === "dark" || stored === "light" ? stored : "page";
};

export function chooseTheme(choice: Choice): void {
  localStorage.setItem(key, choice);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useThemeChoice = (): Choice => useSyncExternalStore(subscribe, read);

const watch = (listener: () => void): (() => void) => {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => { observer.disconnect(); };
};

/** The theme on the screen now, for what draws its own colours. */
export const useShownTheme = (): string => useSyncExternalStore(watch, () => document.documentElement.dataset["theme"] ?? "light");
