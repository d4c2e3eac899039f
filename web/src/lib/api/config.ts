/** What a deployment tells the pages at run time, so that one build serves every stage. */
export interface Config {
  api_url: string
  /** Where Cognito serves the pages to sign in on, and its OAuth endpoints. */
  sign_in_url: string
  user_pool_client_id: string
}

export async function loadConfig(fetcher: typeof fetch): Promise<Config> {
  const response = await fetcher('/config.json')
  if (!response.ok) throw new Error(`/config.json answered ${response.status}`)
  const config = (await response.json()) as Config
  const [api_url, sign_in_url] = [config.api_url, config.sign_in_url].map((url) => url.replace(/\/+$/, ''))
  return { ...config, api_url, sign_in_url } as Config
}
