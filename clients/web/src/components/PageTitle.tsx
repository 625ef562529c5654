import { useStrings } from "../strings/useStrings";

/** The title of the browser's tab. */
export function PageTitle({ children }: { children: string }) {
  const strings = useStrings();
  return <title>{strings.pageTitle(children)}</title>;
}
