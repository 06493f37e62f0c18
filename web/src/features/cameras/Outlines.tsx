import type { Mask } from "./masks";

interface OutlinesProps {
  masks: readonly Pick<Mask, "name" | "corners">[];
  /** The one that is being drawn. */
  chosen?: number | null;
}

/** Masks over a picture, each with its number. What they say stands beside the picture for whoever does not see it. */
export function Outlines({ masks, chosen = null }: OutlinesProps) {
  return (
    <svg className="outlines" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
      {masks.map(({ corners }, index) => (
        <g key={index} className={index === chosen ? "outline outline-chosen" : "outline"}>
          <polygon points={corners.map(([x, y]) => `${x * 1000},${y * 1000}`).join(" ")} />
          {index === chosen ? corners.map(([x, y], place) => <circle key={place} cx={x * 1000} cy={y * 1000} r={7} />) : null}
        </g>
      ))}
    </svg>
  );
}
