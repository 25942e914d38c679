//! Shapes: reshaping, moving axes, cutting and joining.

use super::{Call, Operation, operations, size};
use crate::engine::{
    array::{Array, Fit, Misfit, count},
    layout::axis,
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    [
        "alias", "clone", "contiguous", "detach", "dropout", "feature_dropout", "alpha_dropout",
        "lift_fresh_copy", "lift_fresh", "Dropout", "Identity",
    ] => |call| Ok(call.input(0)?.clone()),
    ["view", "reshape", "_unsafe_view"] => |call| {
        let x = call.input(0)?;
        let wanted = call.ints("size").or_else(|| call.ints("shape")).unwrap_or_default();
        x.with_shape(&inferred(&wanted, x)?)
    },
    ["view_as", "reshape_as"] => |call| call.input(0)?.with_shape(call.input(1)?.shape()),
    ["Reshape"] => |call| {
        let x = call.input(0)?;
        let mut wanted = call.ints_at(1, "shape")?.unwrap_or_default();
        if !call.flag("allowzero") {
            for (at, number) in wanted.iter_mut().enumerate() {
                if *number == 0 {
                    *number = x.shape().get(at).copied().unwrap_or(0) as i64;
                }
            }
        }
        x.with_shape(&inferred(&wanted, x)?)
    },
    ["flatten"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        if rank == 0 {
            return x.with_shape(&[1]);
        }
        let first = axis(call.int_or("start_dim", 0), rank)?;
        let last = axis(call.int_or("end_dim", -1), rank)?;
        if first > last {
            return Err(Misfit::new("axes in order", format!("{first} to {last}")));
        }
        let mut shape = x.shape()[..first].to_vec();
        shape.push(count(&x.shape()[first..=last]));
        shape.extend_from_slice(&x.shape()[last + 1..]);
        x.with_shape(&shape)
    },
    ["Flatten"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len() as i64;
        let named = call.int_or("axis", 1);
        let at = if named < 0 { named + rank } else { named }.clamp(0, rank) as usize;
        x.with_shape(&[count(&x.shape()[..at]), count(&x.shape()[at..])])
    },
    ["unflatten"] => |call| {
        let x = call.input(0)?;
        let at = axis(call.int_or("dim", 0), x.shape().len())?;
        let part = call.input(0)?.with_shape(x.shape())?;
        let wanted = call.ints("sizes").unwrap_or_default();
        let known: i64 = wanted.iter().filter(|size| **size >= 0).product();
        let mut shape = x.shape()[..at].to_vec();
        for number in wanted {
            shape.push(match number {
                -1 => x.shape()[at] / size(known)?.max(1),
                number => size(number)?,
            });
        }
        shape.extend_from_slice(&x.shape()[at + 1..]);
        part.with_shape(&shape)
    },
    ["permute"] => |call| {
        let x = call.input(0)?;
        x.permute(&axes(&call.ints("dims").unwrap_or_default(), x.shape().len())?)
    },
    ["Transpose"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        match call.ints("perm") {
            Some(order) => x.permute(&axes(&order, rank)?),
            None => x.permute(&(0..rank).rev().collect::<Vec<_>>()),
        }
    },
    ["transpose", "swapaxes", "swapdims"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        let named = |names: [&str; 2]| names.iter().find_map(|name| call.int(name));
        let first = axis(named(["dim0", "axis0"]).unwrap_or(0), rank)?;
        let second = axis(named(["dim1", "axis1"]).unwrap_or(1), rank)?;
        x.transpose(first, second)
    },
    ["t", "numpy_T"] => |call| {
        let x = call.input(0)?;
        x.permute(&(0..x.shape().len()).rev().collect::<Vec<_>>())
    },
    ["movedim", "moveaxis"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        let from = axes(&call.ints("source").unwrap_or_default(), rank)?;
        let to = axes(&call.ints("destination").unwrap_or_default(), rank)?;
        let mut rest = (0..rank).filter(|at| !from.contains(at));
        let order: Option<Vec<usize>> = (0..rank)
            .map(|at| match to.iter().position(|to| *to == at) {
                Some(found) => from.get(found).copied(),
                None => rest.next(),
            })
            .collect();
        x.permute(&order.ok_or_else(|| Misfit::new("as many places as axes", "others"))?)
    },
    ["squeeze", "Squeeze"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        let named = match call.opset {
            0 => call.ints("dim"),
            _ => call.ints_at(1, "axes")?,
        };
        let named = named.map(|named| axes(&named, rank)).transpose()?;
        let kept = x.shape().iter().enumerate().filter(|(at, size)| {
            **size != 1 || named.as_ref().is_some_and(|named| !named.contains(at))
        });
        x.with_shape(&kept.map(|(_, size)| *size).collect::<Vec<_>>())
    },
    ["unsqueeze"] => |call| {
        let x = call.input(0)?;
        let mut shape = x.shape().to_vec();
        shape.insert(axis(call.int_or("dim", 0), shape.len() + 1)?, 1);
        x.with_shape(&shape)
    },
    ["Unsqueeze"] => |call| {
        let x = call.input(0)?;
        let named = call.ints_at(1, "axes")?.unwrap_or_default();
        let mut added = axes(&named, x.shape().len() + named.len())?;
        added.sort_unstable();
        let mut shape = x.shape().to_vec();
        for at in added {
            shape.insert(at.min(shape.len()), 1);
        }
        x.with_shape(&shape)
    },
    ["slice", "narrow"] => |call| {
        let x = call.input(0)?;
        let at = axis(call.int_or("dim", 0), x.shape().len())?;
        let start = call.int_or("start", 0);
        let end = match call.int("length") {
            Some(length) => start + length,
            None => call.int_or("end", i64::MAX),
        };
        sliced(x, at, start, end, call.int_or("step", 1))
    },
    ["Slice"] => |call| {
        let starts = call.ints_at(1, "starts")?.unwrap_or_default();
        let ends = call.ints_at(2, "ends")?.unwrap_or_default();
        let named = call.ints_at(3, "axes")?;
        let named = named.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = match call.optional(4) {
            Some(steps) => steps.numbers()?,
            None => vec![1; starts.len()],
        };
        let mut x = call.input(0)?.clone();
        for (place, named) in named.iter().enumerate() {
            let at = axis(*named, x.shape().len())?;
            let number = |numbers: &[i64]| {
                numbers.get(place).copied()
                    .ok_or_else(|| Misfit::new("a start, end and step for each axis", "fewer"))
            };
            x = sliced(&x, at, number(&starts)?, number(&ends)?, number(&steps)?)?;
        }
        Ok(x)
    },
    ["select"] => |call| {
        let x = call.input(0)?;
        let at = axis(call.int_or("dim", 0), x.shape().len())?;
        let found = x.take(at, &[call.int_or("index", 0)])?;
        let mut shape = x.shape().to_vec();
        shape.remove(at);
        found.with_shape(&shape)
    },
    ["cat", "concat", "concatenate", "Concat"] => |call| {
        let arrays = call.list()?;
        // PyTorch lets an empty row stand among others.
        let arrays: Vec<Array> = arrays.into_iter().filter(|array| array.shape() != [0]).collect();
        let rank = arrays.first().map_or(1, |first| first.shape().len());
        let named = call.int("dim").or_else(|| call.int("axis")).unwrap_or(0);
        Array::concat(&alike(call, arrays), axis(named, rank)?)
    },
    ["stack"] => |call| {
        let arrays = call.list()?;
        let rank = arrays.first().map_or(0, |first| first.shape().len());
        let at = axis(call.int_or("dim", 0), rank + 1)?;
        let arrays: Fit<Vec<Array>> = arrays
            .iter()
            .map(|array| {
                let mut shape = array.shape().to_vec();
                shape.insert(at.min(shape.len()), 1);
                array.with_shape(&shape)
            })
            .collect();
        Array::concat(&alike(call, arrays?), at)
    },
    ["expand", "broadcast_to"] => |call| {
        let x = call.input(0)?;
        let wanted = call.ints("size").or_else(|| call.ints("shape")).unwrap_or_default();
        let missing = wanted.len().saturating_sub(x.shape().len());
        let shape: Fit<Vec<usize>> = wanted
            .iter()
            .enumerate()
            .map(|(at, number)| match (number, at.checked_sub(missing)) {
                (-1, Some(own)) => Ok(x.shape()[own]),
                (number, _) => size(*number),
            })
            .collect();
        x.expand(&shape?)
    },
    ["expand_as"] => |call| call.input(0)?.expand(call.input(1)?.shape()),
    ["Expand"] => |call| {
        let x = call.input(0)?;
        let wanted: Fit<Vec<usize>> =
            call.input(1)?.numbers()?.into_iter().map(size).collect();
        let shape = crate::engine::layout::broadcast_shape(x.shape(), &wanted?)?;
        x.expand(&shape)
    },
    ["repeat", "tile", "Tile"] => |call| {
        let x = call.input(0)?;
        let times = match call.opset {
            0 => call.ints("repeats").or_else(|| call.ints("dims")),
            _ => call.ints_at(1, "repeats")?,
        };
        let times: Fit<Vec<usize>> = times.unwrap_or_default().into_iter().map(size).collect();
        let mut times = times?;
        while times.len() < x.shape().len() {
            times.insert(0, 1);
        }
        x.repeat(&times)
    },
    ["roll"] => |call| {
        let x = call.input(0)?;
        let shifts = call.ints("shifts").unwrap_or_default();
        let named = call.ints("dims").filter(|named| !named.is_empty());
        let Some(named) = named else {
            let flat = x.with_shape(&[x.len()])?;
            return rolled(&flat, 0, shifts.first().copied().unwrap_or(0))?.with_shape(x.shape());
        };
        let mut result = x.clone();
        for (named, shift) in named.iter().zip(shifts) {
            result = rolled(&result, axis(*named, x.shape().len())?, shift)?;
        }
        Ok(result)
    },
    ["flip"] => |call| {
        let mut x = call.input(0)?.clone();
        for at in axes(&call.ints("dims").unwrap_or_default(), x.shape().len())? {
            x = x.flip(at)?;
        }
        Ok(x)
    },
    ["pad", "constant_pad_nd"] => |call| {
        let x = call.input(0)?;
        let sizes = call.ints("pad").unwrap_or_default();
        let mode = call.text("mode").unwrap_or("constant").to_owned();
        let rank = x.shape().len();
        // From the last axis on, in front and behind.
        let mut around = vec![(0, 0); rank];
        for (at, pair) in sizes.chunks(2).enumerate() {
            let (Some(place), [front, back]) = (rank.checked_sub(at + 1), pair) else {
                return Err(Misfit::new(format!("pairs for {rank} axes"), format!("{sizes:?}")));
            };
            around[place] = (*front, *back);
        }
        padded(x, &around, &mode, call.number_or("value", 0.0))
    },
    ["reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        let mut around = vec![(0, 0); rank];
        for (at, pair) in call.ints("padding").unwrap_or_default().chunks(2).enumerate() {
            if let (Some(place), [front, back]) = (rank.checked_sub(at + 1), pair) {
                around[place] = (*front, *back);
            }
        }
        let mode = if call.node.op.contains("reflection") { "reflect" } else { "edge" };
        padded(x, &around, mode, 0.0)
    },
    ["Pad"] => |call| {
        let x = call.input(0)?;
        let rank = x.shape().len();
        let sizes = call.ints_at(1, "pads")?.unwrap_or_default();
        let named = match call.optional(3) {
            Some(named) => axes(&named.numbers()?, rank)?,
            None => (0..rank).collect(),
        };
        let value = match call.optional(2) {
            Some(value) => value.to_vec64().first().copied().unwrap_or(0.0),
            None => call.number_or("value", 0.0),
        };
        if sizes.len() != 2 * named.len() {
            return Err(Misfit::new(
                format!("{} sizes", 2 * named.len()),
                format!("{sizes:?}"),
            ));
        }
        let mut around = vec![(0, 0); rank];
        for (place, at) in named.iter().enumerate() {
            around[*at] = (sizes[place], sizes[place + named.len()]);
        }
        padded(x, &around, call.text("mode").unwrap_or("constant"), value)
    },
    ["pixel_shuffle"] => |call| {
        let x = call.input(0)?;
        depth_to_space(x, size(call.int_or("upscale_factor", 1))?, true)
    },
    ["DepthToSpace"] => |call| {
        let by_channel = call.text("mode") == Some("CRD");
        depth_to_space(call.input(0)?, size(call.int_or("blocksize", 1))?, by_channel)
    },
    ["pixel_unshuffle", "SpaceToDepth"] => |call| {
        let is_onnx = call.opset > 0;
        let block = call.int_or(if is_onnx { "blocksize" } else { "downscale_factor" }, 1);
        space_to_depth(call.input(0)?, size(block)?, is_onnx)
    },
    ["channel_shuffle"] => |call| {
        let x = call.input(0)?;
        let groups = size(call.int_or("groups", 1))?.max(1);
        let channels = x.shape().get(1).copied().unwrap_or(1);
        let plane = count(x.shape().get(2..).unwrap_or_default());
        x.with_shape(&[x.shape()[0], groups, channels / groups, plane])?
            .transpose(1, 2)?
            .with_shape(x.shape())
    },
    ["tril"] => |call| triangle(call, |row, column, diagonal| column - row <= diagonal),
    ["triu"] => |call| triangle(call, |row, column, diagonal| column - row >= diagonal),
};

/// Operations with several results.
pub(super) const SEVERAL: &[Operation] = &[
    Operation {
        names: &[
            "split",
            "split_with_sizes",
            "chunk",
            "Split",
            "tensor_split",
        ],
        run: split,
    },
    Operation {
        names: &["unbind"],
        run: |call| {
            let x = call.input(0)?;
            let at = axis(call.int_or("dim", 0), x.shape().len())?;
            let mut shape = x.shape().to_vec();
            shape.remove(at);
            (0..x.shape()[at])
                .map(|place| x.slice(at, place, place + 1, 1)?.with_shape(&shape))
                .collect()
        },
    },
];

/// Axes counted from the front.
fn axes(numbers: &[i64], rank: usize) -> Fit<Vec<usize>> {
    numbers.iter().map(|number| axis(*number, rank)).collect()
}

/// Arrays that are floats, if one of them is.
fn alike(call: &Call<'_>, arrays: Vec<Array>) -> Vec<Array> {
    if arrays.iter().all(|array| !array.is_float()) {
        return arrays;
    }
    arrays.iter().map(|array| call.place.float(array)).collect()
}

/// A shape of which one size may be left open as -1.
fn inferred(wanted: &[i64], x: &Array) -> Fit<Vec<usize>> {
    let open = wanted.iter().filter(|number| **number == -1).count();
    let known: usize = wanted
        .iter()
        .filter(|number| **number != -1)
        .map(|number| size(*number))
        .product::<Fit<usize>>()?;
    if open > 1 || (open == 1 && (known == 0 || !x.len().is_multiple_of(known))) {
        return Err(Misfit::new(
            format!("elements that fill {wanted:?}"),
            format!("shape {:?}", x.shape()),
        ));
    }
    wanted
        .iter()
        .map(|number| match number {
            -1 => Ok(x.len() / known),
            number => size(*number),
        })
        .collect()
}

/// A part of an axis as Python slices: negative numbers count from the end, and what lies outside is cut off.
pub(super) fn sliced(x: &Array, at: usize, start: i64, end: i64, step: i64) -> Fit<Array> {
    let len = x.shape()[at] as i64;
    let place = |number: i64| {
        if number < 0 {
            number.saturating_add(len)
        } else {
            number
        }
    };
    if step == 0 {
        return Err(Misfit::new("a step", "0"));
    }
    if step < 0 {
        let first = place(start).min(len - 1);
        let last = if end < -len { -1 } else { place(end).max(-1) };
        let mut indices = Vec::new();
        let mut next = first;
        while next > last && next >= 0 {
            indices.push(next);
            next += step;
        }
        return x.take(at, &indices);
    }
    let start = place(start).clamp(0, len) as usize;
    let end = place(end).clamp(0, len) as usize;
    x.slice(at, start, end, size(step)?)
}

fn rolled(x: &Array, at: usize, shift: i64) -> Fit<Array> {
    let len = x.shape()[at];
    if len == 0 {
        return Ok(x.clone());
    }
    let cut = (-shift).rem_euclid(len as i64) as usize;
    if cut == 0 {
        return Ok(x.clone());
    }
    Array::concat(&[x.slice(at, cut, len, 1)?, x.slice(at, 0, cut, 1)?], at)
}

fn padded(x: &Array, around: &[(i64, i64)], mode: &str, value: f64) -> Fit<Array> {
    let mut result = x.clone();
    for (at, (front, back)) in around.iter().copied().enumerate() {
        if (front, back) == (0, 0) {
            continue;
        }
        let len = result.shape()[at] as i64;
        let place = |at: i64| match mode {
            "edge" | "replicate" => Some(at.clamp(0, len - 1)),
            "reflect" => {
                let mirrored = if at < 0 { -at } else { at };
                let mirrored = if mirrored >= len {
                    2 * (len - 1) - mirrored
                } else {
                    mirrored
                };
                Some(mirrored).filter(|at| (0..len).contains(at))
            }
            "circular" | "wrap" => Some(at.rem_euclid(len.max(1))),
            _ => None,
        };
        if mode == "constant" {
            result = result.pad(at, front, back, value)?;
            continue;
        }
        let places: Option<Vec<i64>> = (-front..len + back).map(place).collect();
        let places = places.ok_or_else(|| {
            Misfit::new(
                "padding that its mode can fill",
                format!("{front} and {back} at size {len}, mode {mode}"),
            )
        })?;
        result = result.take(at, &places)?;
    }
    Ok(result)
}

fn image<'a>(x: &'a Array) -> Fit<[usize; 4]> {
    let shape: &'a [usize] = x.shape();
    shape
        .try_into()
        .map_err(|_| Misfit::new("4 dimensions", format!("shape {shape:?}")))
}

#[expect(clippy::many_single_char_names)] // the axes of an image
fn depth_to_space(x: &Array, block: usize, by_channel: bool) -> Fit<Array> {
    let [n, c, h, w] = image(x)?;
    let parts = block * block;
    if parts == 0 || !c.is_multiple_of(parts) {
        return Err(Misfit::new(
            format!("channels in {parts} parts"),
            c.to_string(),
        ));
    }
    let depth = c / parts;
    let moved = if by_channel {
        x.with_shape(&[n, depth, block, block, h, w])?
            .permute(&[0, 1, 4, 2, 5, 3])?
    } else {
        x.with_shape(&[n, block, block, depth, h, w])?
            .permute(&[0, 3, 4, 1, 5, 2])?
    };
    moved.with_shape(&[n, depth, h * block, w * block])
}

#[expect(clippy::many_single_char_names)] // the axes of an image
fn space_to_depth(x: &Array, block: usize, is_block_first: bool) -> Fit<Array> {
    let [n, c, h, w] = image(x)?;
    if block == 0 || !h.is_multiple_of(block) || !w.is_multiple_of(block) {
        return Err(Misfit::new(
            format!("sides in parts of {block}"),
            format!("{h}x{w}"),
        ));
    }
    let split = x.with_shape(&[n, c, h / block, block, w / block, block])?;
    let moved = if is_block_first {
        split.permute(&[0, 3, 5, 1, 2, 4])?
    } else {
        split.permute(&[0, 1, 3, 5, 2, 4])?
    };
    moved.with_shape(&[n, c * block * block, h / block, w / block])
}

fn triangle(call: &Call<'_>, keeps: fn(i64, i64, i64) -> bool) -> Fit<Array> {
    let x = call.input(0)?;
    let diagonal = call.int_or("diagonal", 0);
    let [.., rows, columns] = x.shape() else {
        return Err(Misfit::new("a matrix", format!("shape {:?}", x.shape())));
    };
    let mask = (0..rows * columns).map(|at| {
        let (row, column) = ((at / columns) as i64, (at % columns) as i64);
        i64::from(keeps(row, column, diagonal))
    });
    let mask = Array::whole(mask.collect::<Vec<_>>(), &[*rows, *columns]);
    if x.is_float() {
        return x.zip(&call.place.float(&mask), |x, mask| x * mask);
    }
    x.zip_whole(&mask, |x, mask| x * mask)
}

/// Parts of an axis: of given sizes, of one size, or so many.
fn split(call: &Call<'_>) -> Fit<Vec<Array>> {
    let x = call.input(0)?;
    let named = call.int("dim").or_else(|| call.int("axis")).unwrap_or(0);
    let at = axis(named, x.shape().len())?;
    let len = x.shape()[at];
    let given = match call.opset {
        0 => call.ints("split_sizes").or_else(|| {
            // `split.Tensor` has one size, `split.sizes` a list under the same name.
            let sizes = call.ints("split_size")?;
            (sizes.len() > 1).then_some(sizes)
        }),
        _ => call.ints_at(1, "split")?,
    };
    let sizes: Vec<usize> = if let Some(given) = given {
        given.into_iter().map(size).collect::<Fit<_>>()?
    } else {
        let part = if let Some(part) = call.int("split_size") {
            size(part)?
        } else {
            let parts = call.int("chunks").or_else(|| call.int("num_outputs"));
            let parts = parts.unwrap_or(call.node.outputs.len() as i64);
            len.div_ceil(size(parts)?.max(1))
        }
        .max(1);
        (0..len.div_ceil(part))
            .map(|place| part.min(len - place * part))
            .collect()
    };
    if sizes.iter().sum::<usize>() != len {
        return Err(Misfit::new(
            format!("sizes that add up to {len}"),
            format!("{sizes:?}"),
        ));
    }
    let mut start = 0;
    sizes
        .iter()
        .map(|size| {
            start += size;
            x.slice(at, start - size, start, 1)
        })
        .collect()
}
