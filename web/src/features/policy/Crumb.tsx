import { Link } from "react-router";

/** The way back from a page below the policy. */
export const Crumb = () => <><Link to="/policy" className="crumb">Policy</Link><span className="crumb quiet" aria-hidden="true"> / </span></>;
