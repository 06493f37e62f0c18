//! One key frame as a JPEG. A decoder and an encoder of its own for each, so that nothing of one picture is left for the next.

use candour_decode::{Answer, Coding, MOST_JPEG, MadeStill, StillOf, Trouble};
use ffmpeg_next as libav;
use libav::codec::{Context, Id};
use libav::format::Pixel;
use libav::{Dictionary, Packet, color, encoder, frame};

use crate::colour::{Space, to_jfif};
use crate::recode::{Layout, is_full_range};
use crate::scale::{Strided, scale};
use crate::size::without_side_information;
use crate::small::{Size, Small};
use crate::stream::{Damage, Edges, open_decoder, trouble};

/// The quantiser of the JPEG, 2 (best) to 31: fine enough to read a clock in the picture.
const QUANTISER: &str = "3";

/// Answers with the still, or with why there is none.
pub fn answer(of: &StillOf<'_>, say: &mut impl FnMut(&Answer<'_>)) {
    let stream = of.stream;
    match make(of) {
        Ok((Size { width, height }, jpeg)) => {
            say(&Answer::Still(MadeStill { stream, width, height, jpeg: &jpeg }));
        }
        Err(what) => say(&Answer::Trouble { stream, what }),
    }
}

fn make(of: &StillOf<'_>) -> Result<(Size, Vec<u8>), Trouble> {
    let picture = decode(of.coding, of.data)?;
    let size = Size::within(picture.width(), picture.height(), of.width).ok_or(Trouble::Unsupported)?;
    let mut planes = small_planes(&picture, size)?;
    to_jfif(&mut planes, space(&picture));
    Ok((size, encode(&planes, size)?))
}

/// The picture of one access unit, whole or not at all.
fn decode(coding: Coding, data: &[u8]) -> Result<frame::Video, Trouble> {
    let mut decoder = open_decoder(coding, Damage::Refused, Edges::Smoothed)?;
    let mut picture = frame::Video::empty();
    let packet = Packet::copy(&without_side_information(coding, data));
    decoder.send_packet(&packet).map_err(|error| trouble(coding, error, data))?;
    // Nothing follows, so it is not held back for pictures that would be shown before it.
    decoder.send_eof().map_err(|error| trouble(coding, error, data))?;
    match decoder.receive_frame(&mut picture) {
        Ok(()) => Ok(picture),
        Err(libav::Error::Other { errno: libc::EAGAIN } | libav::Error::Eof) => Err(Trouble::NoPicture),
        Err(error) => Err(trouble(coding, error, data)),
    }
}

/// Brightness and both colour differences, the latter at half the size each way.
fn small_planes(picture: &frame::Video, size: Size) -> Result<[Small; 3], Trouble> {
    let layout = Layout::of(picture.format()).ok_or(Trouble::Unsupported)?;
    let made = |plane: Option<Strided<'_>>, wanted: Size| {
        let Some(plane) = plane else { return Ok(Small::filled(wanted, 128)) };
        let mut data = Vec::new();
        match scale(&plane, usize::from(wanted.width), usize::from(wanted.height), &mut data) {
            true => Ok(Small { width: wanted.width, data }),
            false => Err(Trouble::Unsupported),
        }
    };
    let half = size.halved();
    Ok([
        made(Some(layout.luma(picture)), size)?,
        made(layout.colour(picture, 0), half)?,
        made(layout.colour(picture, 1), half)?,
    ])
}

/// What its numbers mean. Where the stream does not say, as players take it: high definition is BT.709, and the range is the
/// narrow one but for JPEG.
fn space(picture: &frame::Video) -> Space {
    let full = is_full_range(picture);
    let bt709 = match picture.color_space() {
        color::Space::BT709 => true,
        color::Space::Unspecified => !full && picture.height() >= 720,
        _ => false,
    };
    Space { full, bt709 }
}

fn encode(planes: &[Small; 3], size: Size) -> Result<Vec<u8>, Trouble> {
    let mut picture = frame::Video::new(Pixel::YUVJ420P, u32::from(size.width), u32::from(size.height));
    if picture.planes() != 3 {
        return Err(Trouble::OutOfMemory);
    }
    picture.set_pts(Some(0));
    for (index, plane) in planes.iter().enumerate() {
        let (stride, row_len) = (picture.stride(index), usize::from(plane.width));
        let rows = picture.data_mut(index).chunks_mut(stride);
        for (row, from) in rows.zip(plane.data.chunks(row_len)) {
            row.get_mut(..row_len).ok_or(Trouble::Unsupported)?.copy_from_slice(from);
        }
    }
    jpeg(&picture, size).map_err(|error| match error {
        libav::Error::Other { errno: libc::ENOMEM } => Trouble::OutOfMemory,
        libav::Error::EncoderNotFound => Trouble::NoDecoder,
        _ => Trouble::Unsupported,
    })
}

fn jpeg(picture: &frame::Video, size: Size) -> Result<Vec<u8>, libav::Error> {
    let codec = encoder::find(Id::MJPEG).ok_or(libav::Error::EncoderNotFound)?;
    let mut encoder = Context::new_with_codec(codec).encoder().video()?;
    encoder.set_width(u32::from(size.width));
    encoder.set_height(u32::from(size.height));
    encoder.set_format(Pixel::YUVJ420P);
    encoder.set_time_base((1, 25));
    let mut options = Dictionary::new();
    options.set("threads", "1");
    options.set("qmin", QUANTISER);
    options.set("qmax", QUANTISER);
    let mut encoder = encoder.open_as_with(codec, options)?;
    encoder.send_frame(picture)?;
    encoder.send_eof()?;
    let mut packet = Packet::empty();
    encoder.receive_packet(&mut packet)?;
    match packet.data() {
        Some(jpeg) if jpeg.len() <= MOST_JPEG => Ok(jpeg.to_vec()),
        _ => Err(libav::Error::InvalidData),
    }
}

/// Has the libraries set up what they set up once for encoding, while nothing is forbidden yet.
pub fn load_libraries() {
    let size = Size { width: 16, height: 16 };
    let planes = [Small::filled(size, 128), Small::filled(size.halved(), 128), Small::filled(size.halved(), 128)];
    // Whether there is an encoder at all is answered when a still is asked for.
    let _ = encode(&planes, size);
}
