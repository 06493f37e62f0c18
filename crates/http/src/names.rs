//! Rows as the interface shows them, and ids by name.

use std::collections::HashMap;

use candour_db::PersonRow;
use candour_units::{CameraId, WallTime};
use candour_wire::people::{FactorReset, Person};

use crate::app::App;
use crate::problem::Problem;
use crate::roles;

/// An account as shown.
pub(crate) fn person(row: &PersonRow) -> Person {
    Person {
        id: row.id.to_string(),
        sign_in_name: row.sign_in_name.clone(),
        full_name: row.full_name.clone(),
        roles: roles::parse(&row.roles).into_iter().map(roles::to_wire).collect(),
        created_90k: row.created.ticks(),
        disabled_90k: row.disabled.map(WallTime::ticks),
        ends_90k: row.ends.map(WallTime::ticks),
        second_factor_90k: row.factor.map(WallTime::ticks),
    }
}

/// The reset of a second factor as its owner is told of it.
pub(crate) fn reset(at: WallTime, by: String) -> FactorReset {
    FactorReset { at_90k: at.ticks(), by }
}

/// Names of cameras, removed ones included as far as they are asked for.
pub(crate) struct CameraNames(HashMap<CameraId, String>);

impl CameraNames {
    #[cfg(test)]
    pub(crate) fn of(names: impl IntoIterator<Item = (CameraId, String)>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The cameras of today, and those of `also` that are gone by now.
    pub(crate) async fn load(app: &App, also: Vec<CameraId>) -> Result<Self, Problem> {
        let mut names: HashMap<_, _> = app.db.cameras().await?.into_iter().map(|row| (row.id, row.name)).collect();
        for id in also {
            if !names.contains_key(&id)
                && let Some(row) = app.db.camera(id).await?
            {
                names.insert(id, format!("{} (removed)", row.name));
            }
        }
        Ok(Self(names))
    }

    /// The name, or the start of the id of a camera nobody knows.
    pub(crate) fn get(&self, id: CameraId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| format!("camera {}", &id.to_string()[..8]))
    }
}
