import { type RefObject, useEffect, useEffectEvent } from "react";

/** Keys pressed anywhere inside an element, for widgets whose parts share one keyboard. */
export function useKeys(inside: RefObject<HTMLElement | null>, onKey: (event: KeyboardEvent) => void): void {
  const handle = useEffectEvent(onKey);
  useEffect(() => {
    const element = inside.current;
    if (element === null) return;
    const listener = (event: KeyboardEvent) => { handle(event); };
    element.addEventListener("keydown", listener);
    return () => { element.removeEventListener("keydown", listener); };
  }, [inside]);
}
