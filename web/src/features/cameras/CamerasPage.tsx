import "./cameras.css";
import { Route, Routes } from "react-router";
import { CameraPage } from "./CameraPage";
import { CameraList } from "./CameraList";
import { FindCameras } from "./FindCameras";

export default function CamerasPage() {
  return (
    <Routes>
      <Route index element={<CameraList />} />
      <Route path="find" element={<FindCameras />} />
      <Route path=":id" element={<CameraPage />} />
    </Routes>
  );
}
