//! The users of a camera (ONVIF Core 8.4.4 and 8.4.7, GetUsers and SetUser): one, whose password can be set.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use super::Serving;
use super::answer::{Fault, tag};
use super::soap::Element;
use crate::config::Password;

/// What a camera makes of its user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsersConfig {
    /// The user's level.
    #[serde(default = "administrator")]
    pub level: String,
    /// What it makes of another password.
    #[serde(default)]
    pub password: Habit,
}

fn administrator() -> String {
    "Administrator".to_owned()
}

/// After how many more requests a camera that is late takes what it was given: past those that prove which one it takes.
const LATE: u32 = 5;

/// What a camera makes of another password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Takes it.
    #[default]
    Takes,
    /// Refuses it.
    Refuses,
    /// Says yes and keeps the one it has.
    SaysYes,
    /// Says yes and takes another than it was given: its last character is lost.
    CutsOff,
    /// Says yes, and takes it five requests later.
    TakesLate,
}

impl Serving {
    /// Answers what is asked about users, where the camera has any to be asked about.
    pub(super) fn answer_about_users(&self, operation: &Element) -> Option<Result<String, Fault>> {
        let users = self.device.camera.users.as_ref()?;
        match operation.name.as_str() {
            "GetUsers" => {
                let user = tag("tt:Username", &self.device.camera.user) + &tag("tt:UserLevel", &users.level);
                Some(Ok(format!("<tds:GetUsersResponse><tds:User>{user}</tds:User></tds:GetUsersResponse>")))
            }
            "SetUser" => Some(self.set_user(operation, users.password)),
            _ => None,
        }
    }

    fn set_user(&self, operation: &Element, habit: Habit) -> Result<String, Fault> {
        let user = operation.any("User").ok_or(Fault::NOT_WELL_FORMED)?;
        if user.text_of("Username") != self.device.camera.user {
            return Err(Fault::USERNAME_MISSING);
        }
        let mut password = user.text_of("Password").to_owned();
        match habit {
            Habit::Takes => {}
            Habit::Refuses => return Err(Fault::PASSWORD),
            Habit::SaysYes => password.clear(),
            Habit::CutsOff => drop(password.pop()),
            Habit::TakesLate => {
                let password = std::mem::take(&mut password);
                *self.late.lock().unwrap_or_else(PoisonError::into_inner) = Some((LATE, password));
            }
        }
        if !password.is_empty() {
            self.take_password(&password);
        }
        Ok("<tds:SetUserResponse/>".to_owned())
    }

    fn take_password(&self, password: &str) {
        self.guard.set_password(Password::new(password.to_owned()));
        self.parts.rtsp.set_password(&self.device.camera.user, password);
    }

    /// One more request came: a camera that is late may take by now what it was given.
    pub(super) fn take_late_password(&self) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((requests, _)) = &mut *late {
            *requests -= 1;
        }
        if let Some((_, password)) = late.take_if(|(requests, _)| *requests == 0) {
            self.take_password(&password);
        }
    }
}
