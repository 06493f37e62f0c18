import type { QrCode } from "../../shared/api/types";

/** Light modules that must be around a QR code (ISO/IEC 18004). */
const QUIET = 4;

/** Dark on light in both themes: that is what cameras look for. */
export function QrPicture({ of: { size, path } }: { of: QrCode }) {
  const side = size + 2 * QUIET;
  return (
    <svg className="qr" viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label="QR code with the secret for your authenticator; the same stands beside it as text" shapeRendering="crispEdges">
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
