import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = ["account", "alarms", "cameras", "live", "log", "people", "policy", "retention", "review", "sign-in", "system", "tuning"];

/** A room may not reach into the rooms named. */
const closed = (files, patterns, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ["dist", "src/shared/api/schema.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A dialog and the sign-in page put the cursor into their first field: our Field may, a bare input may not.
      "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Numbers of the wire are narrowed at the door, never cast.
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "as", objectLiteralTypeAssertions: "never" }],
    },
  },
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
  // Features never import each other; shared and player import no feature.
  ...features.map((feature) =>
    closed([`src/features/${feature}/**`], features.filter((other) => other !== feature).flatMap((other) => [`**/features/${other}/**`, `../${other}/**`, `../../${other}/**`]), "Features meet only in src/app."),
  ),
  closed(["src/shared/**", "src/player/**"], ["**/features/**", "**/app/**"], "The ground floor does not import the roof."),
);
