/** What a deployment tells the pages at run time, so that one build serves every stage. */
export interface Config {
  api_url: string
}

export async function loadConfig(fetcher: typeof fetch): Promise<Config> {
  const response = await fetcher('/config.json')
  if (!response.ok) throw new Error(`/config.json answered ${response.status}`)
  const config = (await response.json()) as Config
  return { ...config, api_url: config.api_url.replace(/\/+$/, '') }
}
