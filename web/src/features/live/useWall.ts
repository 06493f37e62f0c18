import { useEffect, useState } from "react";
import { LiveWall, type LinkView } from "../../player/wall";

/** One wall for as long as the page stands; its worker and socket go with it. */
export function useWall(): { wall: LiveWall; link: LinkView } {
  const [wall] = useState(() => new LiveWall(`wss://${location.host}/api/v1/live`));
  const [link, setLink] = useState<LinkView>({ link: "connecting", why: null });
  useEffect(() => wall.open(setLink), [wall]);
  return { wall, link };
}
