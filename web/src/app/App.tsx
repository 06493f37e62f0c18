import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { BrowserRouter } from "react-router";
import { problemOf } from "../shared/api/client";
import { waitingKey } from "../shared/api/waiting";
import { Gate } from "./Gate";

const queries: QueryClient = new QueryClient({
  // Whatever somebody does may be what waited for them.
  mutationCache: new MutationCache({ onSuccess: () => { void queries.invalidateQueries({ queryKey: waitingKey }); } }),
  defaultOptions: {
    queries: {
      // What a person may not see, or what is not there, does not get better by asking again.
      retry: (failures, error) => failures < 2 && [0, 502, 503].includes(problemOf(error).status),
      refetchOnWindowFocus: true,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter>
        <Gate />
      </BrowserRouter>
    </QueryClientProvider>
  );
}
