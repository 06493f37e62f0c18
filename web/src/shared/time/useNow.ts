import { useEffect, useState } from "react";
import { fromDate, type WallTicks } from "./units";

/** Now, by this machine's clock, renewed every so often. */
export function useNow(everyMs = 30_000): WallTicks {
  const [now, setNow] = useState(() => fromDate(new Date()));
  useEffect(() => {
    const timer = setInterval(() => { setNow(fromDate(new Date())); }, everyMs);
    return () => { clearInterval(timer); };
  }, [everyMs]);
  return now;
}
