// What a coding is called by people, and what to say when this browser cannot show it.

/** The name of a coding from its RFC 6381 string. */
export function codingName(codec: string): string {
  const [entry = codec] = codec.split(".");
  switch (entry) {
    case "avc1": case "avc3": return "H.264";
    case "hvc1": case "hev1": return "H.265";
    case "mp4v": case "jpeg": return "Motion JPEG";
    default: return codec;
  }
}

/** What the recorder can make of a coding that this browser lacks. */
export const CONVERTED_MIME = 'video/mp4; codecs="avc1.42C01F"';

/** The RFC 6381 string inside a media type. */
export const codecOf = (mime: string): string => /codecs="([^"]+)"/.exec(mime)?.[1] ?? mime;

/**
 * The type in which a piece is asked for: as it is stored, or converted where this browser cannot play that. `null` where neither helps: H.264 in
 * a profile that this browser lacks is not converted.
 */
export function wayOf(mime: string, plays: (mime: string) => boolean): string | null {
  if (plays(mime)) return mime;
  return codingName(codecOf(mime)) !== "H.264" && plays(CONVERTED_MIME) ? CONVERTED_MIME : null;
}

/** What stands on converted pictures, so that nobody takes them for what the camera sent. */
export const convertedWords = (codec: string): string => `Converted to H.264 here: the browser cannot play ${codingName(codec)}`;

/** One sentence for the tile or the player: what does not work, and what would. */
export function cannotShow(codec: string): string {
  const name = codingName(codec);
  const recorded = "It is recorded all the same.";
  if (name === "H.264") return `This browser cannot show this camera's pictures (${codec}). ${recorded}`;
  return `This browser cannot show ${name}. ${recorded} Watch it in a browser that can, or set the stream to H.264 on the camera.`;
}
