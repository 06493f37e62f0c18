import { useEffect, useState } from "react";
import { LiveWall, type LinkView } from "../../player/wall";

/** One wall for as long as the page stands; its worker and socket go with it. */
export function useWall(): { wall: LiveWall | null; link: LinkView } {
  const [wall, setWall] = useState<LiveWall | null>(null);
  const [link, setLink] = useState<LinkView>({ link: "connecting", why: null });
  useEffect(() => {
    const made = new LiveWall(`wss://${location.host}/api/v1/live`, setLink);
    setWall(made);
    return () => {
      made.close();
      setWall(null);
    };
  }, []);
  return { wall, link };
}
