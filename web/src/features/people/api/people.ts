import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow } from "../../../shared/api/client";
import { sessionKey } from "../../../shared/api/session";
import type { ChangePerson, NewPerson, Person, SignInShown } from "../../../shared/api/types";

const peopleKey = ["people"];

export const usePeople = () => useQuery({ queryKey: peopleKey, queryFn: ({ signal }) => askOrThrow<Person[]>("/people", signal) });

export function useAddPerson() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (person: NewPerson) => actOrThrow<Person>("POST", "/people", person), onSuccess: () => queries.invalidateQueries({ queryKey: peopleKey }) });
}

/** Changes an account; one's own name and password concern the sign-in as well. */
export function useChangePerson(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: ChangePerson) => actOrThrow<Person>("PATCH", `/people/${id}`, change),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: peopleKey }), queries.invalidateQueries({ queryKey: sessionKey })]),
  });
}

const signInsKey = (id: string) => ["people", id, "sign-ins"];

export const useSignInsOf = (id: string) => useQuery({ queryKey: signInsKey(id), queryFn: ({ signal }) => askOrThrow<SignInShown[]>(`/people/${id}/sessions`, signal) });

/** Ends one sign-in of a person, or all of them. */
export function useEndSignIns(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (signIn: string | null) => actOrThrow("DELETE", `/people/${id}/sessions${signIn === null ? "" : `/${signIn}`}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: signInsKey(id) }),
  });
}

/** Takes a lost second factor away. */
export function useResetFactor(id: string) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: () => actOrThrow<Person>("POST", `/people/${id}/reset-factor`), onSuccess: () => queries.invalidateQueries({ queryKey: peopleKey }) });
}
