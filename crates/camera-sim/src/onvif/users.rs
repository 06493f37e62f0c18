//! The users of a camera (ONVIF Core 8.4.4 and 8.4.7, GetUsers and SetUser): one, whose password can be set.

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
        }
        if !password.is_empty() {
            self.guard.set_password(Password::new(password.clone()));
            self.parts.rtsp.set_password(&self.device.camera.user, &password);
        }
        Ok("<tds:SetUserResponse/>".to_owned())
    }
}
