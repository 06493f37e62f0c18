// The first file of a site: everything a policy must say, with the cameras there are, and nothing invented. What only people
// can know is left empty, so that the check names it, line by line. Pure.

const quoted = (text: string): string => JSON.stringify(text);

/** A policy file to fill in. Cameras are named as the recorder names them. */
export function template(site: string, cameras: readonly string[]): string {
  const tables = [
    "format = 1",
    `[site]\nname = ${quoted(site)}\ntime_zone = "Europe/London"\n# england, wales, scotland or northern_ireland\njurisdiction = ""`,
    "# Who decides what the cameras are for, and whom people ask.\n[controller]\nname = \"\"\n# true or false\npublic_authority = \"\"\n# uk_gdpr, or dpa_part_3 for law enforcement\nregime = \"\"\ncontact = \"\"\ncomplaints = \"\"\nsystem_owner = \"\"\ndata_protection_officer = \"\"",
    "# The data protection impact assessment; dates like 2027-03-31, without quotation marks.\n[dpias.\"DPIA-1\"]\ntitle = \"\"\nreviewed = \"\"\nreview_by = \"\"",
    "# What recording is for. Every camera needs a purpose.\n[purposes.first]\naim = \"\"\nnecessity = \"\"\n# public_task, legal_obligation, vital_interests, legitimate_interests or consent\nlawful_basis = \"\"\nbasis_reason = \"\"\nowner = \"\"\ndpia = \"DPIA-1\"\n# How long footage lives: \"30 days\", \"72 hours\"\nkeep = \"\"\n# always, never, or one of your own [schedules]\nschedule = \"always\"",
    "# How cameras in one kind of place are treated: public_area, workplace, grounds or plant.\n[classes.public]\nkind = \"public_area\"",
    "[areas.first]\nname = \"\"\nkind = \"public_area\"",
    ...cameras.map((name) => `[cameras.${quoted(name)}]\nclass = "public"\narea = "first"\npurpose = "first"`),
  ];
  return `${tables.join("\n\n")}\n`;
}
