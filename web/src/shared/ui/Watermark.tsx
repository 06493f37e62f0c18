import { useSession } from "../api/session";
import { clockTime, date } from "../time/format";
import { useNow } from "../time/useNow";

/** How often it stands in the picture: a photograph of any part of the screen shows one. */
const TIMES = 6;

/** Who is looking, and when, over the picture: what leaves by a camera held in front of the screen says from whom. Not in the way of anything:
 *  it takes no clicks and covers no control, and is told to nobody who listens instead of looking, because it is their own name. */
export function Watermark() {
  const session = useSession();
  const now = useNow(1000);
  const name = session.data?.person.full_name;
  if (name === undefined) return null;
  return (
    <div className="watermark" aria-hidden="true" data-watermark={name}>
      {Array.from({ length: TIMES }, (_, place) => <span key={place}>{name}<br />{date(now)}, {clockTime(now)}</span>)}
    </div>
  );
}
