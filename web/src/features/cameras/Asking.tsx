import { useEffect, useState } from "react";
import { askingWords } from "./add";

/** Words and a moving bar while a device is asked. */
export function Asking({ address }: { address: string }) {
  const [soFar, setSoFar] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { setSoFar((seconds) => seconds + 1); }, 1000);
    return () => { clearInterval(timer); };
  }, []);
  return (
    <div className="stack-small">
      <p role="status">{askingWords(address, soFar)}</p>
      <div className="progress" role="progressbar" aria-label="Asking the camera"><i /></div>
    </div>
  );
}
