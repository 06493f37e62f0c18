//! Privacy masks of the media2 service (ver20).

use super::Serving;
use super::answer::{Fault, tag};
use super::media::SOURCE_CONFIG;
use super::soap::Element;
use crate::lens::{Mask, MaskRefusal};

impl From<MaskRefusal> for Fault {
    fn from(refusal: MaskRefusal) -> Self {
        match refusal {
            MaskRefusal::TooMany => Self::MAX_MASKS,
            MaskRefusal::Polygon => Self::INVALID_POLYGON,
            MaskRefusal::NoSuchMask => Self::NO_CONFIG,
            MaskRefusal::Kind | MaskRefusal::Habit => Self::CONFIG_MODIFY,
        }
    }
}

impl Serving {
    /// Answers an operation on masks; `None` for any other.
    pub(super) fn answer_about_masks(&self, operation: &Element) -> Option<Result<String, Fault>> {
        let content = match operation.name.as_str() {
            "GetMaskOptions" => self.mask_options(operation),
            "GetMasks" => self.list_masks(operation),
            "CreateMask" => self.put_mask(operation, false).map(|token| tag("tr2:Token", token)),
            "SetMask" => self.put_mask(operation, true).map(|_| String::new()),
            "DeleteMask" => {
                let removed = self.masks.remove(operation.text_of("Token"));
                removed.map(|()| String::new()).map_err(Fault::from)
            }
            _ => return None,
        };
        Some(content.map(|content| format!("<tr2:{0}Response>{content}</tr2:{0}Response>", operation.name)))
    }

    fn mask_options(&self, operation: &Element) -> Result<String, Fault> {
        if operation.text_of("ConfigurationToken") != SOURCE_CONFIG {
            return Err(Fault::NO_CONFIG);
        }
        let config = self.masks.config();
        let types: String = config.types.iter().map(|kind| tag("tr2:Types", kind)).collect();
        Ok(format!(
            "<tr2:Options RectangleOnly=\"{}\" SingleColorOnly=\"true\">{}{}{types}<tr2:Color><tt:ColorList X=\"0\" Y=\"0\" Z=\"0\" \
             Colorspace=\"http://www.onvif.org/ver10/colorspace/RGB\"/></tr2:Color></tr2:Options>",
            config.rectangle_only,
            tag("tr2:MaxMasks", config.most),
            tag("tr2:MaxPoints", config.points),
        ))
    }

    fn list_masks(&self, operation: &Element) -> Result<String, Fault> {
        let (token, source) = (operation.text_of("Token"), operation.text_of("ConfigurationToken"));
        let all = self.masks.all().into_iter();
        let wanted: Vec<_> = all
            .filter(|(own, mask)| (token.is_empty() || token == own) && (source.is_empty() || source == mask.source))
            .collect();
        if !token.is_empty() && wanted.is_empty() {
            return Err(Fault::NO_CONFIG);
        }
        let shown = |(token, mask): &(String, Mask)| {
            let points: String = mask.points.iter().map(|(x, y)| format!("<tt:Point x=\"{x}\" y=\"{y}\"/>")).collect();
            format!(
                "<tr2:Masks token=\"{token}\">{}<tr2:Polygon>{points}</tr2:Polygon>{}{}</tr2:Masks>",
                tag("tr2:ConfigurationToken", &mask.source),
                tag("tr2:Type", &mask.kind),
                tag("tr2:Enabled", mask.enabled),
            )
        };
        Ok(wanted.iter().map(shown).collect())
    }

    fn put_mask(&self, operation: &Element, there: bool) -> Result<String, Fault> {
        let asked = operation.any("Mask").ok_or(Fault::NO_CONFIG)?;
        let source = asked.text_of("ConfigurationToken").to_owned();
        if source != SOURCE_CONFIG {
            return Err(Fault::NO_CONFIG);
        }
        let number = |point: &Element, name: &str| point.attribute(name).parse().map_err(|_| Fault::INVALID_POLYGON);
        let polygon = asked.any("Polygon").ok_or(Fault::INVALID_POLYGON)?;
        let points = polygon.children.iter().filter(|child| child.name == "Point");
        let points = points.map(|point| Ok((number(point, "x")?, number(point, "y")?)));
        let mask = Mask {
            source,
            points: points.collect::<Result<_, Fault>>()?,
            kind: asked.text_of("Type").to_owned(),
            enabled: matches!(asked.text_of("Enabled"), "true" | "1"),
        };
        // A device ignores the token of a mask that is to be made.
        let token = there.then(|| asked.attribute("token"));
        Ok(self.masks.put(token, mask)?)
    }
}
