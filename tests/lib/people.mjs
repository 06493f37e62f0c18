// The people of a test site: one role each, so that every test says by name who does something. There are two owners, for whoever
// proposes a policy does not approve it.

export const people = {
  administrator: { sign_in_name: 'ada', full_name: 'Ada Archer', password: 'planted-kettle-administrator' },
  operator: { sign_in_name: 'olive', full_name: 'Olive Okafor', password: 'planted-kettle-operator' },
  investigator: { sign_in_name: 'ines', full_name: 'Ines Iqbal', password: 'planted-kettle-investigator' },
  owner: { sign_in_name: 'otto', full_name: 'Otto Owens', password: 'planted-kettle-deciding' },
  second_owner: { sign_in_name: 'otis', full_name: 'Otis Oduya', password: 'planted-kettle-deciding-too' },
  approver: { sign_in_name: 'petra', full_name: 'Petra Price', password: 'planted-kettle-approving' },
  dpo: { sign_in_name: 'dina', full_name: 'Dina Dahl', password: 'planted-kettle-protection' },
};

/** As set-up wants them. */
export const newPeople = () => Object.entries(people).map(([role, person]) => ({ ...person, roles: [role.replace('second_', '')] }));
