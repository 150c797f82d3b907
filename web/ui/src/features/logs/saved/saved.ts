// Saved queries: CloudWatch's query definitions, kept by the server, so that
// everybody who looks at the account has them (and its own console, CLI and
// Terraform's aws_cloudwatch_query_definition speak of the same ones).
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { LOGS } from '@/api/client';
import { useApi } from '@/api/hooks';
import { type QuerySpec, sameSpec } from '../spec';

export interface SavedQuery extends QuerySpec {
  id: string;
  /** May have folders: "errors/by function". */
  name: string;
  /** Milliseconds. */
  modified: number;
}

interface RawDefinition {
  queryDefinitionId: string;
  name: string;
  queryString: string;
  logGroupNames?: string[];
  lastModified?: number;
  queryLanguage?: string;
}

const mostPages = 20; // of 1000 each; an account has at most 1000

/** Definitions in this page's language, by name; other languages cannot be run here. */
export function savedOf(raw: readonly RawDefinition[]): SavedQuery[] {
  const collator = new Intl.Collator(undefined, { numeric: true });
  return raw
    .filter((d) => (d.queryLanguage ?? 'CWLI') === 'CWLI')
    .map((d) => ({ id: d.queryDefinitionId, name: d.name, text: d.queryString, groups: d.logGroupNames ?? [], modified: d.lastModified ?? 0 }))
    .sort((a, b) => collator.compare(a.name, b.name));
}

/** The saved query that this is, if it is one. */
export function savedAs(list: readonly SavedQuery[], spec: QuerySpec): SavedQuery | undefined {
  return list.find((one) => sameSpec(one, spec));
}

export interface Saved {
  list: readonly SavedQuery[];
  loading: boolean;
  error: unknown;
  /** Saves under a name; the query that has the name is replaced. */
  save: (name: string, spec: QuerySpec) => Promise<void>;
  drop: (id: string) => Promise<void>;
}

const none: readonly SavedQuery[] = [];

export function useSaved(): Saved {
  const { aws, scope } = useApi();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['saved-queries', scope],
    queryFn: async ({ signal }) => {
      const all: RawDefinition[] = [];
      let nextToken: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const answer = await aws<{ queryDefinitions?: RawDefinition[]; nextToken?: string }>(`${LOGS}.DescribeQueryDefinitions`, { maxResults: 1000, ...(nextToken ? { nextToken } : {}) }, { signal });
        all.push(...(answer.queryDefinitions ?? []));
        nextToken = answer.nextToken;
        if (!nextToken) break;
      }
      return savedOf(all);
    },
  });
  const list = query.data ?? none;
  const again = useCallback(() => client.invalidateQueries({ queryKey: ['saved-queries', scope] }), [client, scope]);
  const save = useCallback(
    async (name: string, spec: QuerySpec) => {
      const old = list.find((one) => one.name === name);
      await aws(`${LOGS}.PutQueryDefinition`, { name, queryString: spec.text, logGroupNames: spec.groups, ...(old ? { queryDefinitionId: old.id } : {}) });
      await again();
    },
    [aws, again, list],
  );
  const drop = useCallback(
    async (id: string) => {
      await aws(`${LOGS}.DeleteQueryDefinition`, { queryDefinitionId: id });
      await again();
    },
    [aws, again],
  );
  return { list, loading: query.isPending, error: query.error, save, drop };
}
