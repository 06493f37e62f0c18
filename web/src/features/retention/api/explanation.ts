import { useQuery } from "@tanstack/react-query";
import { askOrThrow, query } from "../../../shared/api/client";
import type { FootageExplained } from "../../../shared/api/types";
import type { Question } from "../explain";

/** Why the footage of a camera at one moment ends when it does, or ended. */
export const useExplanation = (question: Question) =>
  useQuery({
    queryKey: ["explanation", question.camera, question.at],
    queryFn: ({ signal }) => askOrThrow<FootageExplained>(`/retention/explanation${query({ camera: question.camera, at_90k: question.at })}`, signal),
  });
