import "./cameras.css";
import { Route, Routes } from "react-router";
import { CameraPage } from "./CameraPage";
import { CameraList } from "./CameraList";

export default function CamerasPage() {
  return (
    <Routes>
      <Route index element={<CameraList />} />
      <Route path=":id" element={<CameraPage />} />
    </Routes>
  );
}
