import { useEffect, useRef, useState } from "react";
import { type Area, areaBetween, pictureIn, type Size } from "./area";

interface DrawAreaProps {
  picture: Size;
  area: Area;
  onArea: (area: Area) => void;
}

/** Lies over the picture while a part of it is drawn. Who does not draw types the numbers beside the search. */
export function DrawArea({ picture, area, onArea }: DrawAreaProps) {
  const from = useRef<{ x: number; y: number } | null>(null);
  const [screen, setScreen] = useState<Size>({ width: 0, height: 0 });
  const over = useRef<HTMLDivElement>(null);
  // A window changes its size, and a phone is turned.
  useEffect(() => {
    const element = over.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => { setScreen({ width: element.clientWidth, height: element.clientHeight }); });
    observer.observe(element);
    return () => { observer.disconnect(); };
  }, []);
  const move = (event: React.PointerEvent<HTMLDivElement>) => {
    if (from.current === null) return;
    const here = { x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY };
    const size = { width: event.currentTarget.clientWidth, height: event.currentTarget.clientHeight };
    const drawn = areaBetween(from.current, here, size, picture);
    if (drawn !== null) onArea(drawn);
  };
  const box = pictureIn(screen, picture);
  const [left, top, right, bottom] = area;
  const place = { left: box.left + left * box.width, top: box.top + top * box.height, width: (right - left) * box.width, height: (bottom - top) * box.height };
  return (
    <div
      className="draw-area"
      aria-hidden="true"
      ref={over}
      onPointerDown={(event) => {
        from.current = { x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={(event) => { move(event); from.current = null; }}
      onPointerCancel={() => { from.current = null; }}
    >
      <div className="draw-area-part" style={place} />
    </div>
  );
}
