//! Objects that cross to JavaScript, each described once: from a description come its interface in TypeScript, and the only way in
//! which it is made or read here. A member that one had and the other had not would not compile.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// An object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh plain object cannot fail.
        Reflect::set(&object, &JsValue::from_str(name), value).ok();
    }
    object.into()
}

/// Counts as JavaScript's numbers, exact up to 2^53.
pub(crate) fn number(count: u64) -> JsValue {
    JsValue::from_f64(count as f64)
}

/// An interface of TypeScript: a comment, then each member with its own.
macro_rules! typescript {
    (@mark required) => { "" };
    (@mark optional) => { "?" };
    ($name:ident [$($about:literal)*] $($how:ident $member:ident $type:literal [$($doc:literal)*])*) => {
        concat!(
            "\n/**\n", $(" *", $about, "\n",)* " */\n",
            "export interface ", stringify!($name), " {\n",
            $("  /**\n", $("   *", $doc, "\n",)* "   */\n",
            "  ", stringify!($member), $crate::declare::typescript!(@mark $how), ": ", $type, ";\n",)*
            "}\n"
        )
    };
}

/// Declares an object that is given to JavaScript: a struct with a member for each of the object's, and `TYPESCRIPT`.
macro_rules! given {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $doc:literal])* $member:ident: $type:literal,)+ }) => {
        $(#[doc = $about])*
        #[allow(non_snake_case)] // as JavaScript has them
        pub(crate) struct $name {
            $($(#[doc = $doc])* pub(crate) $member: wasm_bindgen::JsValue,)+
        }

        impl $name {
            /// In TypeScript.
            #[allow(dead_code)] // read by wasm-bindgen alone
            pub(crate) const TYPESCRIPT: &str =
                $crate::declare::typescript!($name [$($about)*] $(required $member $type [$($doc)*])+);
        }

        impl From<$name> for wasm_bindgen::JsValue {
            fn from(given: $name) -> wasm_bindgen::JsValue {
                $crate::declare::object(&[$((stringify!($member), given.$member)),+])
            }
        }
    };
}

/// Declares an object that is taken from JavaScript, all of whose members may be absent or `null`: a struct with an `Option` for each, `read`
/// by the function behind it, and `TYPESCRIPT`, where what is marked so is required. Members that are not declared are refused.
macro_rules! taken {
    ($(#[doc = $about:literal])* $name:ident, $of:literal {
        $($(#[doc = $doc:literal])* $how:ident $member:ident: $type:literal = $read:ident -> $rust:ty,)+
    }) => {
        $(#[doc = $about])*
        #[allow(non_snake_case)] // as JavaScript has them
        pub(crate) struct $name {
            $($(#[doc = $doc])* pub(crate) $member: Option<$rust>,)+
        }

        impl $name {
            /// In TypeScript.
            #[allow(dead_code)] // read by wasm-bindgen alone
            pub(crate) const TYPESCRIPT: &str =
                $crate::declare::typescript!($name [$($about)*] $($how $member $type [$($doc)*])+);

            /// What an argument has; nothing if there is none.
            pub(crate) fn read(argument: &wasm_bindgen::JsValue) -> Result<Self, $crate::failure::Failure> {
                let members = $crate::arguments::Members::of(argument, $of, &[$(stringify!($member)),+])?;
                Ok($name { $($member: members.get(stringify!($member), $crate::arguments::$read)?),+ })
            }
        }
    };
}

/// Has the declarations written into the package.
macro_rules! declarations {
    ($($section:ident = $text:expr,)+) => {
        $(
            #[wasm_bindgen::prelude::wasm_bindgen(typescript_custom_section)]
            const $section: &str = $text;
        )+
    };
}

pub(crate) use {declarations, given, taken, typescript};
