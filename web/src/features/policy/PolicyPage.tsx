import "./policy.css";
import { Route, Routes } from "react-router";
import { AcceptPage } from "./AcceptPage";
import { InForcePage } from "./InForcePage";
import { SignsPage } from "./SignsPage";
import { VersionPage } from "./VersionPage";
import { WritePage } from "./WritePage";

export default function PolicyPage() {
  return (
    <Routes>
      <Route index element={<InForcePage />} />
      <Route path="write" element={<WritePage />} />
      <Route path="accept" element={<AcceptPage />} />
      <Route path="signs" element={<SignsPage />} />
      <Route path=":number" element={<VersionPage />} />
    </Routes>
  );
}
